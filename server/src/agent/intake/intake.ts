import type { Drops } from "@count/client/parts";
import { CountError } from "../../domain/count-error.ts";
import type { Limits } from "../../domain/limits.ts";
import type { Refusal } from "../../domain/refusal.ts";
import type { AddMessage } from "../../ingest/add-message.ts";
import { type Batch, Group } from "../../ingest/group.ts";
import type { Ingest } from "../../ingest/ingest.ts";
import type { AroundFlush, IngestObserver } from "../../ingest/ingest-observer.ts";
import { Key, KeyTable } from "../../ingest/key-table.ts";
import { type ClientState, NEW_CLIENT, Session } from "../../ingest/session.ts";
import { TimeWindow } from "../../ingest/time-window.ts";
import type { AgentQueue } from "../queue/agent-queue.ts";
import { noteOf, type Origins } from "../queue/origins.ts";
import { Gate } from "./gate.ts";
import { sealInParts, sealWhole } from "./seal.ts";

export interface IntakeOptions {
  readonly queue: AgentQueue;
  readonly origins: Origins;
  readonly limits: Limits;
  readonly observer: IngestObserver;
  /** Default: nothing is around a flush. */
  readonly aroundFlush?: AroundFlush | undefined;
  /** What the agent itself has dropped. */
  readonly drops: Drops;
  /** There is something new to deliver. */
  readonly onCommitted: () => void;
  /** The queue cannot be relied on any more: what is in it is known only after a new start. */
  readonly onBroken: (error: CountError) => void;
  /** Milliseconds since 1970-01-01T00:00:00Z. Default `Date.now`. */
  readonly now?: () => number;
}

type AddIntake = Pick<Ingest, "add" | "durable" | "hurry" | "full" | "whenRoom" | "observer">;

/** Different counts that may wait for the flush that is under way; then streams are not read. */
const MAX_WAITING = 20_000;

/**
 * Takes in `Add` and `Record` as the server's ingest does, by its rules and for its handlers, and puts it into the queue: while
 * one group is being written and synced, the next one fills.
 *
 * When the queue is full, `Add` is refused with RESOURCE_EXHAUSTED, because its callers have nothing to keep their requests in, and
 * `Record` streams are not read, because their senders do.
 */
export class Intake {
  readonly keys: KeyTable;
  readonly times: TimeWindow;
  readonly observer: IngestObserver;
  /** What `Add` streams see of it: they wait for one another, and not for `Record`. */
  readonly forAdd: AddIntake;
  readonly #options: IntakeOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #addRoom = new Gate();
  readonly #recordRoom = new Gate();
  #adds = new Group();
  #records = new Group();
  #flushing: Promise<void> | undefined;
  #closed = false;
  /** What local senders have dropped, as far as they told this process. */
  #droppedByOrigins = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.observer = options.observer;
    this.keys = new KeyTable(options.limits);
    this.times = new TimeWindow(options.limits, options.now ?? Date.now);
    this.forAdd = Intake.#addSide(this);
  }

  static #addSide(intake: Intake): AddIntake {
    return {
      observer: intake.observer,
      add: (message) => intake.#add(message),
      hurry: () => intake.hurry(),
      get durable() {
        return intake.#adds.durable;
      },
      get full() {
        return intake.#adds.size >= MAX_WAITING;
      },
      whenRoom: () => (intake.#adds.size >= MAX_WAITING ? intake.#addRoom.wait() : Promise.resolve()),
    };
  }

  /** Whether `Record` streams must stop reading. */
  get full(): boolean {
    return this.#records.size >= MAX_WAITING || !this.#options.queue.hasRoom;
  }

  whenRoom(): Promise<void> {
    if (!this.full) return Promise.resolve();
    if (!this.#recordRoom.isAwaited) this.observer.full(true);
    return this.#recordRoom.wait();
  }

  /** The queue may have room again. */
  roomMade(): void {
    if (!this.#options.queue.hasRoom) return;
    if (this.#records.size > 0) this.#schedule();
    else this.#openRecordRoom();
  }

  /** Groups never wait here. */
  hurry(): void {
    // Nothing to do.
  }

  /** As `Ingest.openSession`. */
  async openSession(clientId: string, onEnd: (reason: CountError) => void): Promise<Session> {
    for (let earlier = this.#sessions.get(clientId); earlier !== undefined; earlier = this.#sessions.get(clientId)) {
      earlier.end(new CountError("unavailable", "another stream of this client took over"));
      await earlier.settled.catch(() => undefined);
      if (this.#sessions.get(clientId) === earlier) this.#sessions.delete(clientId);
    }
    if (this.#closed) throw stopping();
    const state = this.#options.origins.get(clientId);
    if (state === undefined && !this.#options.origins.hasRoom) {
      throw new CountError("exhausted", `this agent knows ${this.#options.origins.size} senders, and can know no more`);
    }
    const session = new Session(clientId, state ?? NEW_CLIENT, onEnd);
    this.#sessions.set(clientId, session);
    return session;
  }

  /** As `Ingest.endSession`. */
  endSession(session: Session): void {
    session.end(new CountError("cancelled", "the stream has ended"));
    const forget = (): void => {
      if (this.#sessions.get(session.clientId) === session) this.#sessions.delete(session.clientId);
    };
    session.settled.then(forget, forget);
  }

  /** Takes in the next batch of a sender. @throws CountError when its number is not the next one */
  record(session: Session, batch: Batch): void {
    if (this.#closed) throw stopping();
    session.accept(batch.number, this.#records.durable);
    this.#records.addBatch(session, batch);
    this.#schedule();
  }

  /** Writes what there is. What does not fit into the queue is given up, and its senders are told. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#flushing !== undefined) await this.#flushing;
    for (const session of this.#records.batches.keys()) session.end(stopping());
    this.#records.fail(stopping());
    this.#adds.fail(stopping());
    this.#openRecordRoom();
    this.#addRoom.open();
  }

  #add(message: AddMessage): Refusal | undefined {
    const key = this.keys.find(message.service, message.method, message.path);
    if (!(key instanceof Key)) return key;
    const bucket = this.times.bucketOfSeconds(message.seconds);
    if (typeof bucket !== "number") return bucket;
    this.#adds.added.add(key, bucket, 1);
    this.#schedule();
    return undefined;
  }

  #openRecordRoom(): void {
    if (this.#recordRoom.isAwaited) this.observer.full(false);
    this.#recordRoom.open();
  }

  #schedule(): void {
    // Not before everything that has arrived in this turn of the event loop is in.
    this.#flushing ??= new Promise((resolve) => setImmediate(resolve)).then(() => this.#flush());
  }

  async #flush(): Promise<void> {
    const { queue } = this.#options;
    const adds = this.#adds;
    this.#adds = new Group();
    this.#addRoom.open();
    if (queue.hasRoom) {
      const records = this.#records;
      this.#records = new Group();
      await this.#storeTraced(adds, records);
    } else if (adds.size > 0) {
      const reason = queueIsFull(queue);
      this.observer.flushFailed(adds.requests, reason);
      adds.fail(reason);
    }
    if (!this.full) this.#openRecordRoom();
    this.#flushing = undefined;
    if (this.#adds.size > 0 || (this.#records.size > 0 && queue.hasRoom)) this.#schedule();
  }

  async #storeTraced(adds: Group, records: Group): Promise<void> {
    const { aroundFlush } = this.#options;
    const store = () => this.#store(adds, records);
    if (aroundFlush === undefined || adds.size + records.size === 0) return store();
    const { requests, keys, batches } = records.figures;
    return aroundFlush({ requests: adds.requests + requests, keys: adds.size + keys, batches }, store);
  }

  /** Never rejects: who waits for a group is told. */
  async #store(adds: Group, records: Group): Promise<void> {
    if (adds.size + records.size === 0) return;
    const started = performance.now();
    const { queue, origins, onCommitted, onBroken } = this.#options;
    const addFault = this.#appendAdds(adds);
    const states = [...records.batches].map(([session, batches]) => this.#appendBatches(session, batches));
    try {
      await queue.commit();
    } catch (error) {
      const reason = unwritable(error);
      for (const session of records.batches.keys()) session.end(reason);
      adds.fail(reason);
      records.fail(reason);
      onBroken(reason);
      return;
    }
    for (const { session, state } of states) {
      session.state = state;
      if (state.lastNumber > 0) origins.set(session.clientId, state);
    }
    const requests = records.requests + (addFault === undefined ? adds.requests : 0);
    this.observer.flushed({ requests, keys: adds.size + records.size, seconds: (performance.now() - started) / 1_000 });
    if (adds.size > 0 && addFault === undefined) this.observer.counted("add", adds.requests);
    if (records.requests > 0) this.observer.counted("record", records.requests);
    onCommitted();
    if (addFault === undefined) adds.succeed();
    else adds.fail(addFault);
    records.succeed();
  }

  #appendAdds(adds: Group): CountError | undefined {
    try {
      for (const batch of sealInParts(adds.added, this.#dropped)) this.#options.queue.append(batch);
      return undefined;
    } catch (error) {
      const reason = unwritable(error);
      this.observer.flushFailed(adds.requests, reason);
      return reason;
    }
  }

  /** How far the sender is once what could be appended is committed. */
  #appendBatches(session: Session, batches: readonly Batch[]): { session: Session; state: ClientState } {
    let { state } = session;
    for (const batch of batches) {
      const next = {
        lastNumber: batch.number,
        refused: state.refused.map((refused, at) => refused + batch.refused[at]!),
        dropped: batch.dropped,
      };
      this.#droppedByOrigins += Math.max(0, batch.dropped - state.dropped);
      try {
        this.#options.queue.append(sealWhole(batch, this.#dropped), noteOf(session.clientId, next));
      } catch (error) {
        session.end(unwritable(error));
        break;
      }
      state = next;
    }
    return { session, state };
  }

  get #dropped(): number {
    return this.#options.drops.total + this.#droppedByOrigins;
  }
}

function queueIsFull({ bytes, maxBytes, batches }: AgentQueue): CountError {
  return new CountError(
    "exhausted",
    `the agent's queue is full: ${batches} batches and ${bytes} of ${maxBytes} bytes wait for a Count server`,
  );
}

function unwritable(error: unknown): CountError {
  const { message } = CountError.from(error);
  return new CountError("unavailable", `the agent's queue cannot be written: ${message}`, error);
}

function stopping(): CountError {
  return new CountError("unavailable", "the agent is stopping; send it again");
}
