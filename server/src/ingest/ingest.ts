import type { Database } from "../db/database.ts";
import { deleteClient, pruneClients } from "../db/sql/clients.ts";
import { CountError } from "../domain/count-error.ts";
import type { Limits } from "../domain/limits.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Policy } from "../policy/policy.ts";
import { PolicyWatch } from "../policy/policy-watch.ts";
import type { AddMessage } from "./add-message.ts";
import { CursorReader } from "./cursor-reader.ts";
import { FlushWriter, type Written } from "./flush.ts";
import { type Batch, Group } from "./group.ts";
import type { AroundFlush, IngestObserver, Overflow } from "./ingest-observer.ts";
import { Key, KeyTable } from "./key-table.ts";
import { MethodIds } from "./method-ids.ts";
import { NEW_CLIENT, Session } from "./session.ts";
import type { Counts } from "./tally.ts";
import { TimeWindow } from "./time-window.ts";

export interface IngestOptions {
  readonly database: Pick<Database, "run">;
  readonly limits: Limits;
  readonly observer: IngestObserver;
  /** Default: nothing is around a flush. */
  readonly aroundFlush?: AroundFlush | undefined;
  /** Milliseconds since 1970-01-01T00:00:00Z. Default `Date.now`. */
  readonly now?: () => number;
  /** The most (key, bucket) counts that wait for the flush that is under way; then reading stops. Default 100,000. */
  readonly maxWaiting?: number;
  /**
   * The least time between the starts of two flushes, in milliseconds. A flush costs some 1 ms of this process and 1 ms of
   * PostgreSQL whatever it holds, and the roll-up pays for every entry of every flush. The first one after a pause starts at
   * once. Default 25.
   */
  readonly paceMs?: number;
  /**
   * The same while there is nothing but messages of `Add` streams that go on: no sender can tell when those are stored, and
   * four times as many share an entry, which makes their roll-up four times as quick. Default 100.
   */
  readonly addPaceMs?: number;
  /** The same when somebody can do nothing before it is over: see {@link Ingest.hurry}. Default 5. */
  readonly awaitedPaceMs?: number;
  /** Of so many days before today totals are kept; requests of earlier ones are refused. Default: of all (Infinity). */
  readonly totalDays?: number;
  /** Hears why the policy could not be read. Must not throw. */
  readonly onPolicyError?: (error: CountError) => void;
  /** How long {@link Ingest.close} waits for what is still to be stored, in milliseconds. Default 10,000. */
  readonly closeLimitMs?: number;
}

const DAY_MS = 86_400_000;

/**
 * Takes in what all streams bring, and stores it in groups: while one group is being committed, the next one fills.
 *
 * The group that fills is bounded by its different counts, not by requests: counting one more request of a known key takes
 * no memory. When it is full, streams must stop reading ({@link whenRoom}), and HTTP/2's flow control stops the senders.
 *
 * open → closing (nothing is taken in, what there is is flushed) → closed.
 */
export class Ingest {
  readonly limits: Limits;
  readonly keys: KeyTable;
  readonly times: TimeWindow;
  readonly observer: IngestObserver;
  /** What operators decided for all servers. It is read when it is needed, and every few seconds once it was started. */
  readonly policy: PolicyWatch;
  readonly #database: Pick<Database, "run">;
  readonly #methodIds: MethodIds;
  readonly #writer: FlushWriter;
  readonly #cursors: CursorReader;
  readonly #around: AroundFlush | undefined;
  readonly #maxWaiting: number;
  readonly #paceMs: number;
  readonly #addPaceMs: number;
  readonly #awaitedPaceMs: number;
  readonly #closeLimitMs: number;
  readonly #sessions = new Map<string, Session>();
  readonly #stop = new AbortController();
  readonly #prune: NodeJS.Timeout;
  #filling = new Group();
  /** Whether somebody waits for the group that fills. */
  #awaited = false;
  /** When the last flush started. */
  #started = Number.NEGATIVE_INFINITY;
  #pacing: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #room: { promise: Promise<void>; resolve: () => void } | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: IngestOptions) {
    this.#database = options.database;
    this.observer = options.observer;
    this.#around = options.aroundFlush;
    this.limits = options.limits;
    this.keys = new KeyTable(options.limits);
    const now = options.now ?? Date.now;
    this.times = new TimeWindow(options.limits, now, options.totalDays);
    this.policy = new PolicyWatch({
      database: options.database,
      onChange: (policy) => this.#follow(policy),
      onError: (error) => options.onPolicyError?.(error),
    });
    this.#methodIds = new MethodIds(options.database, options.limits, this.policy);
    this.#writer = new FlushWriter(options.database, now, () => options.observer.cursorMoved());
    this.#cursors = new CursorReader(options.database, this.#stop.signal);
    this.#maxWaiting = options.maxWaiting ?? 100_000;
    this.#paceMs = options.paceMs ?? 25;
    this.#addPaceMs = options.addPaceMs ?? 100;
    this.#awaitedPaceMs = options.awaitedPaceMs ?? 5;
    this.#closeLimitMs = options.closeLimitMs ?? 10_000;
    this.#prune = setInterval(() => void this.pruneClients().catch(() => undefined), DAY_MS / 24);
    this.#prune.unref();
  }

  /** Counts one request of an `Add` stream, or says why not. It is durable once {@link durable} has resolved. */
  add(message: AddMessage): Refusal | undefined {
    const key = this.keys.find(message.service, message.method, message.path);
    if (!(key instanceof Key)) return key;
    const bucket = this.times.bucketOfSeconds(message.seconds);
    if (typeof bucket !== "number") return bucket;
    if (this.#filling.size === 0) this.#schedule();
    this.#filling.added.add(key, bucket, 1);
    return undefined;
  }

  /** Settles when everything that was taken in so far and is not durable yet has become so. Another one after each flush. */
  get durable(): Promise<void> {
    return this.#filling.durable;
  }

  /** Says that somebody can do nothing before what was taken in so far is durable. */
  hurry(): void {
    if (this.#awaited) return;
    this.#awaited = true;
    this.#repace();
  }

  /** Takes in the next batch of a sender. @throws CountError when its number is not the next one */
  record(session: Session, batch: Batch): void {
    if (this.#closing !== undefined) throw stopping();
    session.accept(batch.number, this.#filling.durable);
    const isFirst = this.#filling.batches.size === 0;
    const wasEmpty = this.#filling.size === 0;
    this.#filling.addBatch(session, batch);
    if (wasEmpty) this.#schedule();
    else if (isFirst) this.#repace();
  }

  /** Different (key, bucket) counts that wait for their flush, and the most that may. */
  get waiting(): { readonly counts: number; readonly capacity: number } {
    return { counts: this.#filling.size, capacity: this.#maxWaiting };
  }

  /** Whether streams must stop reading. */
  get full(): boolean {
    return this.#filling.size >= this.#maxWaiting;
  }

  /** Resolves when there is room again. */
  whenRoom(): Promise<void> {
    if (!this.full) return Promise.resolve();
    this.#repace();
    if (this.#room === undefined) {
      let resolve = (): void => undefined;
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#room = { promise, resolve };
      this.observer.full(true);
    }
    return this.#room.promise;
  }

  /**
   * Takes over the cursor of a sender, once everything that an earlier stream of it brought to this server is settled.
   *
   * @param clientId a UUID in lowercase
   * @param onEnd called once when the session ends by something else than its own stream.
   */
  async openSession(clientId: string, onEnd: (reason: CountError) => void): Promise<Session> {
    for (let earlier = this.#sessions.get(clientId); earlier !== undefined; earlier = this.#sessions.get(clientId)) {
      earlier.end(new CountError("unavailable", "another stream of this client took over"));
      this.hurry();
      await earlier.settled.catch(() => undefined);
      if (this.#sessions.get(clientId) === earlier) this.#sessions.delete(clientId);
    }
    if (this.#closing !== undefined) throw stopping();
    const session = new Session(clientId, NEW_CLIENT, onEnd);
    this.#sessions.set(clientId, session);
    try {
      session.state = await this.#cursors.read(clientId);
      session.acceptedNumber = session.state.lastNumber;
      return session;
    } catch (error) {
      this.endSession(session);
      throw error;
    }
  }

  /** The stream of the session has ended; its batches are settled all the same. */
  endSession(session: Session): void {
    session.end(new CountError("cancelled", "the stream has ended"));
    const forget = (): void => {
      if (this.#sessions.get(session.clientId) === session) this.#sessions.delete(session.clientId);
    };
    session.settled.then(forget, forget);
  }

  /** Forgets senders that were last seen 35 days ago. Runs every hour by itself. */
  async pruneClients(): Promise<void> {
    const { signal } = this.#stop;
    for (let pruned = 1; pruned > 0; ) pruned = (await this.#database.run(pruneClients, [], { signal })).length;
  }

  /** Idempotent. Stores what there is, within the limit; what is left then is given up, and its streams are told. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#prune);
    const limit = setTimeout(() => this.#stop.abort(stopping()), this.#closeLimitMs);
    this.#repace();
    while (this.#flushing !== undefined) await this.#flushing;
    // Nothing of the writer is in doubt, so its cursor is of no more use. If this fails, it is pruned some day.
    const { clientId } = this.#writer;
    const { signal } = this.#stop;
    if (clientId !== undefined) await this.#database.run(deleteClient, [clientId], { signal }).catch(() => undefined);
    clearTimeout(limit);
    this.#stop.abort(stopping());
    // Not earlier: the last flush may need it.
    await this.policy.close();
  }

  #follow({ totalsFrom }: Policy): void {
    this.times.totalsFrom = totalsFrom ?? Number.NEGATIVE_INFINITY;
    // A path may be counted under another one from now on, or under its own again.
    this.keys.forget();
  }

  /** Call it when the first count has come into the group that fills. */
  #schedule(): void {
    if (this.#flushing !== undefined || this.#pacing !== undefined) return;
    const waitMs = this.#started + this.#pace() - performance.now();
    if (waitMs > 0) this.#pacing = setTimeout(() => this.#startFlush(), waitMs);
    else this.#startFlush();
  }

  #pace(): number {
    if (this.#closing !== undefined || this.full) return 0;
    if (this.#awaited) return this.#awaitedPaceMs;
    return this.#filling.batches.size > 0 ? this.#paceMs : this.#addPaceMs;
  }

  /** Somebody waits, a batch has come, or there is no more room: what is due has changed. */
  #repace(): void {
    if (this.#pacing === undefined) return;
    clearTimeout(this.#pacing);
    this.#pacing = undefined;
    this.#schedule();
  }

  #startFlush(): void {
    this.#pacing = undefined;
    // Not before everything that has arrived in this turn of the event loop is in.
    this.#flushing = new Promise((resolve) => setImmediate(resolve)).then(() => this.#flush());
  }

  async #flush(): Promise<void> {
    const group = this.#filling;
    this.#filling = new Group();
    this.#awaited = false;
    this.#started = performance.now();
    if (this.#room !== undefined) {
      this.observer.full(false);
      this.#room.resolve();
      this.#room = undefined;
    }
    await this.#store(group);
    this.#flushing = undefined;
    if (this.#filling.size > 0) this.#schedule();
  }

  /** Never rejects: who waits for the group is told. */
  async #store(group: Group): Promise<void> {
    const { signal } = this.#stop;
    const started = performance.now();
    const store = async (): Promise<Written> => {
      await this.#methodIds.resolve(keysOf(group), signal);
      return this.#writer.write(group.added, group.batches, signal);
    };
    let written: Written;
    try {
      written = await (this.#around === undefined ? store() : this.#around(group.figures, store));
    } catch (error) {
      const reason = CountError.from(error);
      this.observer.flushFailed(group.requests, reason);
      for (const session of group.batches.keys()) session.end(reason);
      group.fail(reason);
      return;
    }
    const { added, size } = group;
    const { recorded, dropped, tally } = written;
    const seconds = (performance.now() - started) / 1_000;
    this.observer.flushed({ requests: added.requests + recorded, keys: size, seconds });
    if (added.requests > 0) this.observer.counted("add", added.requests);
    if (recorded > 0) this.observer.counted("record", recorded);
    if (dropped > 0) this.observer.droppedBySenders(dropped);
    if (this.#methodIds.overflows) this.#tellOverflows(tally);
    group.succeed();
  }

  #tellOverflows({ keys, counts }: Counts): void {
    const requests: Record<Overflow, number> = { paths: 0, services: 0 };
    for (let i = 0; i < keys.length; i++) {
      const { overflow } = keys[i]!;
      if (overflow !== undefined) requests[overflow] += counts[i]!;
    }
    if (requests.paths > 0) this.observer.overflowed("paths", requests.paths);
    if (requests.services > 0) this.observer.overflowed("services", requests.services);
  }
}

function* keysOf(group: Group): Iterable<Key> {
  yield* group.added.keys;
  for (const batches of group.batches.values()) for (const { keys } of batches) yield* keys;
}

function stopping(): CountError {
  return new CountError("unavailable", "the server is stopping; send it to another one");
}
