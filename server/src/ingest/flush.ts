import { randomUUID } from "node:crypto";
import { int2Array, int8Array, textArray, uuidArray } from "../db/binary-array.ts";
import type { Database, Statement } from "../db/database.ts";
import { sqlstateOf } from "../db/schema-version.ts";
import { type ClientRow, insertClients, selectClients } from "../db/sql/clients.ts";
import { commitFlush, MAX_COMMIT_FLUSH_ROWS } from "../db/sql/commit-flush.ts";
import { PENDING_SHARDS } from "../db/sql/pending-shards.ts";
import { bucketInDay, bucketOf, dayOfBucket } from "../domain/bucket.ts";
import { CountError } from "../domain/count-error.ts";
import { formatDay } from "../domain/day.ts";
import type { Batch } from "./group.ts";
import { type ClientState, NEW_CLIENT, type Session, unexpectedNumber } from "./session.ts";
import { type Counts, Tally } from "./tally.ts";

/** Batches of one sender that belong into one flush; `next` is what its cursor becomes. */
interface Sender {
  readonly clientId: string;
  readonly previousNumber: number;
  /** What it had dropped by then. */
  readonly previousDropped: number;
  readonly next: ClientState;
}

/** What a flush has made durable that was not before. */
export interface Written {
  /** Everything, `Add` included. */
  readonly tally: Tally;
  /** Requests of the batches. */
  readonly recorded: number;
  /** Requests that the senders of the batches say they dropped since their batches before. */
  readonly dropped: number;
}

const NOTHING: Written = { tally: new Tally(), recorded: 0, dropped: 0 };

/**
 * How a flush that does not fit the cursors fails: division_by_zero, by the statement's own check. One that is sent again
 * after it was committed fails on CockroachDB by the id of its pending row before it comes to that: unique_violation.
 */
const CURSOR_MOVED = new Set(["22012", "23505"]);
/** Each further try follows from another server having moved a cursor in the meantime. */
const MAX_TRIES = 20;

/**
 * Sends one group at a time to the database, exactly once.
 *
 * `Add` has no cursor of its own on the wire, so the writer is a sender too: it numbers its flushes under a client id of its
 * own, and takes a new one whenever it cannot know what became of the last. A unique id on the pending row would not do: the
 * roll-up may have taken the row away before the retry.
 */
export class FlushWriter {
  readonly #database: Pick<Database, "run">;
  readonly #now: () => number;
  readonly #onCursorMoved: () => void;
  #clientId: string | undefined;
  #number = 0;

  /**
   * @param now milliseconds since 1970-01-01T00:00:00Z
   * @param onCursorMoved called for each try that did not fit the cursors as the database has them. Must not throw.
   */
  constructor(database: Pick<Database, "run">, now: () => number, onCursorMoved: () => void = () => undefined) {
    this.#database = database;
    this.#now = now;
    this.#onCursorMoved = onCursorMoved;
  }

  /** The client id under which `Add` is stored at the moment. */
  get clientId(): string | undefined {
    return this.#clientId;
  }

  /**
   * Stores the counts of `Add` and of the batches. Every key must have its id.
   *
   * Afterwards each session's state is what the database has. A session whose batches do not follow on its cursor is ended,
   * and its batches are left out; a batch that was applied already is left out too.
   *
   * @throws CountError when it is unknown, or known that nothing was stored.
   */
  async write(added: Tally, batches: ReadonlyMap<Session, readonly Batch[]>, signal: AbortSignal): Promise<Written> {
    const left = new Map(batches);
    // The cursor may have moved, or a flush before this one may have failed, after these batches were taken in.
    for (const session of left.keys()) keepUnapplied(left, session, session.state);
    try {
      let ownLeft = added.size > 0;
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const own = ownLeft ? await this.#ownSender(signal) : [];
        const senders = [...own, ...[...left].map(([session, sealed]) => senderOf(session, sealed))];
        if (senders.length === 0) return NOTHING;
        const tally = ownLeft && left.size === 0 ? added : merge(ownLeft ? [added] : [], left);
        const dropped = senders.reduce((sum, sender) => sum + newlyDropped(sender), 0);
        if (await this.#commit(senders, tally, dropped, signal)) {
          if (ownLeft) this.#number++;
          for (const [session, sealed] of left) session.state = senderOf(session, sealed).next;
          return { tally, recorded: tally.requests - (ownLeft ? added.requests : 0), dropped };
        }
        this.#onCursorMoved();
        const rows = await this.#read(senders, signal);
        if (ownLeft) ownLeft = !this.#wasApplied(rows);
        for (const session of left.keys()) keepUnapplied(left, session, rows.get(session.clientId));
      }
    } catch (error) {
      // It may still be applied: its number must never be used for anything else.
      this.#clientId = undefined;
      throw error;
    }
    throw new CountError("unavailable", `the cursors of a flush kept moving in ${MAX_TRIES} tries; send it again`);
  }

  async #ownSender(signal: AbortSignal): Promise<Sender[]> {
    if (this.#clientId === undefined) {
      const clientId = randomUUID();
      await this.#database.run(insertClients, [uuidArray([clientId])], { signal });
      this.#clientId = clientId;
      this.#number = 0;
    }
    const next = { ...NEW_CLIENT, lastNumber: this.#number + 1 };
    return [{ clientId: this.#clientId, previousNumber: this.#number, previousDropped: 0, next }];
  }

  /** Whether the writer's own flush, whose cursor was not where it should be, had been applied at the first try. */
  #wasApplied(rows: ReadonlyMap<string, ClientState>): boolean {
    const applied = rows.get(this.#clientId!)?.lastNumber;
    if (applied === this.#number + 1) {
      this.#number++;
      return true;
    }
    // The row was pruned after 35 idle days, or is older since a backup was restored: nothing was applied.
    if (applied !== this.#number) this.#clientId = undefined;
    return false;
  }

  async #commit(senders: readonly Sender[], tally: Counts, lost: number, signal: AbortSignal): Promise<boolean> {
    // Two servers must lock cursors in one order.
    const sorted = [...senders].sort((a, b) => (a.clientId < b.clientId ? -1 : 1));
    const rows = pendingRows(tally);
    if (rows.length > MAX_COMMIT_FLUSH_ROWS) {
      throw new CountError("exhausted", `a flush has ${rows.length} days; accepted are ${MAX_COMMIT_FLUSH_ROWS}`);
    }
    const values = [
      uuidArray(sorted.map((sender) => sender.clientId)),
      int8Array(sorted.map((sender) => sender.previousNumber)),
      int8Array(sorted.map((sender) => sender.next.lastNumber)),
      textArray(sorted.map((sender) => `{${sender.next.refused.join(",")}}`)),
      int8Array(sorted.map((sender) => sender.next.dropped)),
      ...rows.flat(),
      ...(lost > 0 ? this.#lostRow(lost) : []),
    ];
    try {
      await this.#database.run(statementFor(rows.length, lost > 0), values, { signal });
      return true;
    } catch (error) {
      if (CURSOR_MOVED.has(sqlstateOf(error))) return false;
      throw error;
    }
  }

  /** What clients say they lost, at the time at which they say it. */
  #lostRow(requests: number): unknown[] {
    const bucket = bucketOf(this.#now() / 1_000);
    return [
      formatDay(dayOfBucket(bucket)),
      bucketInDay(bucket),
      randomUUID(),
      Math.min(requests, Number.MAX_SAFE_INTEGER),
    ];
  }

  async #read(senders: readonly Sender[], signal: AbortSignal): Promise<Map<string, ClientState>> {
    const ids = uuidArray(senders.map((sender) => sender.clientId));
    const rows = await this.#database.run<ClientRow>(selectClients, [ids], { signal });
    return new Map(rows.map((row) => [row.client_id, stateOf(row)]));
  }
}

export function stateOf(row: ClientRow): ClientState {
  const stored = row.refused.slice(1, -1).split(",").filter(Boolean).map(Number);
  return {
    lastNumber: Number(row.last_number),
    refused: NEW_CLIENT.refused.map((none, i) => stored[i] ?? none),
    dropped: Number(row.dropped),
  };
}

function senderOf(session: Session, batches: readonly Batch[]): Sender {
  const { clientId, state } = session;
  const last = batches.at(-1)!;
  return {
    clientId,
    previousNumber: state.lastNumber,
    previousDropped: state.dropped,
    next: {
      lastNumber: last.number,
      refused: state.refused.map((refused, i) => {
        const sum = batches.reduce((sum, batch) => sum + batch.refused[i]!, refused);
        // What no column can hold would fail the whole flush, with what everybody else has in it.
        return Math.min(sum, Number.MAX_SAFE_INTEGER);
      }),
      dropped: last.dropped,
    },
  };
}

function keepUnapplied(left: Map<Session, readonly Batch[]>, session: Session, row: ClientState | undefined): void {
  session.state = row ?? NEW_CLIENT;
  // Another server may be ahead: what it has applied must not be taken in here again, which would set the cursor back.
  session.acceptedNumber = Math.max(session.acceptedNumber, session.state.lastNumber);
  const unapplied = left.get(session)!.filter((batch) => batch.number > session.state.lastNumber);
  const [first] = unapplied;
  if (first === undefined) {
    left.delete(session);
  } else if (row === undefined || first.number !== row.lastNumber + 1) {
    left.delete(session);
    session.end(unexpectedNumber(first.number, session.state.lastNumber + 1));
  } else {
    left.set(session, unapplied);
  }
}

function merge(first: readonly Counts[], batches: ReadonlyMap<Session, readonly Batch[]>): Tally {
  const tally = new Tally();
  for (const counts of first) tally.addAll(counts);
  for (const sealed of batches.values()) for (const counts of sealed) tally.addAll(counts);
  return tally;
}

/** What a sender has dropped since its cursor was last moved. One that starts again with less has not found it again. */
function newlyDropped({ previousDropped, next }: Sender): number {
  return Math.max(0, next.dropped - previousDropped);
}

const statements = new Map<boolean, Statement[]>([true, false].map((hasLost) => [hasLost, []]));

/** One prepared statement for each number of days in a flush: nearly always one or two, more for an import of old logs. */
function statementFor(rows: number, hasLost: boolean): Statement {
  const known = statements.get(hasLost)!;
  known[rows] ??= commitFlush(rows, hasLost);
  return known[rows];
}

/** The values of the pending rows: one row for each day. */
function pendingRows({ keys, buckets, counts }: Counts): unknown[][] {
  const days = new Map<number, { ids: bigint[]; buckets: number[]; counts: number[] }>();
  for (let i = 0; i < keys.length; i++) {
    const day = dayOfBucket(buckets[i]!);
    let row = days.get(day);
    if (row === undefined) {
      row = { ids: [], buckets: [], counts: [] };
      days.set(day, row);
    }
    row.ids.push(keys[i]!.id!);
    row.buckets.push(bucketInDay(buckets[i]!));
    row.counts.push(counts[i]!);
  }
  return [...days].map(([day, row]) => [
    PENDING_SHARDS[Math.floor(Math.random() * PENDING_SHARDS.length)],
    formatDay(day),
    randomUUID(),
    int8Array(row.ids),
    int2Array(row.buckets),
    int8Array(row.counts),
  ]);
}
