import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AddRequestSchema, type RefusalReason } from "@count/proto";
import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import type { Database } from "../../src/db/database.ts";
import type { PoolDatabase } from "../../src/db/pool-database.ts";
import { bucketOf } from "../../src/domain/bucket.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/domain/limits.ts";
import { REFUSAL_REASONS } from "../../src/domain/refusal.ts";
import type { Batch } from "../../src/ingest/group.ts";
import { Ingest, type IngestOptions } from "../../src/ingest/ingest.ts";
import type { IngestObserver, Overflow } from "../../src/ingest/ingest-observer.ts";
import { Key } from "../../src/ingest/key-table.ts";
import { type TestDatabase, type TestDatabaseUrl, testDatabase } from "../support/database.ts";

/** What the server's clock says in these tests. */
export const NOW_MS = Date.parse("2026-11-22T12:00:00Z");
export const NOW_BUCKET = bucketOf(NOW_MS / 1_000);
export const GET = 3;
const DATABASE_LIMIT_MS = 300_000;

/** Keeps what it is told, in order. */
export class Told implements IngestObserver {
  readonly counts: string[] = [];
  readonly refusals: string[] = [];
  readonly fullness: boolean[] = [];
  readonly overflows: string[] = [];
  failed = 0;
  dropped = 0;
  resentBatches = 0;
  movedCursors = 0;

  counted(call: "add" | "record", requests: number): void {
    this.counts.push(`${call} ${requests}`);
  }

  refused(call: "add" | "record", reason: RefusalReason, requests: number): void {
    this.refusals.push(`${call} ${reason} ${requests}`);
  }

  flushed(): void {
    // Its figures depend on timing.
  }

  flushFailed(requests: number): void {
    this.failed += requests;
  }

  overflowed(what: Overflow, requests: number): void {
    this.overflows.push(`${what} ${requests}`);
  }

  droppedBySenders(requests: number): void {
    this.dropped += requests;
  }

  resent(): void {
    this.resentBatches++;
  }

  cursorMoved(): void {
    this.movedCursors++;
  }

  full(isFull: boolean): void {
    this.fullness.push(isFull);
  }
}

export type TestIngestOptions = Partial<Omit<IngestOptions, "limits">> & { readonly limits?: Partial<Limits> };

export function testIngest(
  database: Pick<Database, "run">,
  { limits, ...options }: TestIngestOptions = {},
): Ingest & { observer: Told } {
  const ingest = new Ingest({
    database,
    observer: new Told(),
    now: () => NOW_MS,
    ...options,
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
  return ingest as Ingest & { observer: Told };
}

export interface Message {
  readonly method?: number;
  readonly path?: string;
  readonly service?: string;
  /** In milliseconds; undefined leaves it out. Default {@link NOW_MS}. */
  readonly atMs?: number | undefined;
}

/** An AddRequest on the wire. */
export function addMessage(message: Message = {}): Buffer {
  const { method = GET, path = "/a", service = "" } = message;
  const atMs = "atMs" in message ? message.atMs : NOW_MS;
  const timestamp = atMs === undefined ? {} : { requestTimestamp: timestampFromMs(atMs) };
  const rest = toBinary(AddRequestSchema, create(AddRequestSchema, { path, service, ...timestamp }));
  return Buffer.concat([methodField(method), rest]);
}

/** The field `method` by itself, with any number. */
export function methodField(method: number): Uint8Array {
  return new BinaryWriter().tag(1, WireType.Varint).int32(method).finish();
}

/** A batch as ingest takes it, with so many requests of each path. */
export function sealed(ingest: Ingest, number: number, requests: Readonly<Record<string, number>>): Batch {
  const keys = Object.keys(requests).map((path) => {
    const key = ingest.keys.find("", GET, path);
    if (!(key instanceof Key)) throw new Error(key.message);
    return key;
  });
  return {
    number,
    keys,
    buckets: keys.map(() => NOW_BUCKET),
    counts: Object.values(requests),
    refused: REFUSAL_REASONS.map(() => 0),
    dropped: 0,
  };
}

/** Everything that is counted, pending or rolled up: `day service method path: requests`, sorted. */
export async function stored(db: Pick<TestDatabaseUrl, "query">): Promise<string[]> {
  const rows = await db.query<{ line: string }>(
    `select t.day::text || ' ' || m.service || ' ' || m.method::text || ' ' || m.path || ': ' || sum(t.n)::bigint::text as line
     from (
       select day, method_id, total as n from count.daily_method_totals
       union all
       select day, unnest(method_ids) as method_id, unnest(counts) as n from count.pending
     ) as t join count.methods as m on m.id = t.method_id
     group by t.day, m.service, m.method, m.path`,
  );
  return rows.map((row) => row.line).sort();
}

/** The sum of it. */
export async function storedRequests(db: Pick<TestDatabaseUrl, "query">): Promise<number> {
  const lines = await stored(db);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(":") + 1)), 0);
}

/** A database that a test may hold up, or let fail, before or after a statement. */
export function hooked(
  database: PoolDatabase,
  hooks: {
    before?: (statement: string, times: number) => Promise<void> | void;
    after?: (statement: string, times: number) => Promise<void> | void;
  },
): Pick<Database, "run"> {
  const times = new Map<string, number>();
  return {
    run: async (statement, values, options) => {
      const n = (times.get(statement.name) ?? 0) + 1;
      times.set(statement.name, n);
      await hooks.before?.(statement.name, n);
      const rows = await database.run<never>(statement, values, options);
      await hooks.after?.(statement.name, n);
      return rows;
    },
  };
}

/** A promise that is resolved from outside. */
export class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/**
 * One database for all tests of a file, with empty tables for each: making one takes CockroachDB up to a minute. To be called
 * once, at the top.
 */
export function databaseOfThisFile(): () => TestDatabase {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await testDatabase({ maxConnections: 8 });
  }, DATABASE_LIMIT_MS);
  beforeEach(() => clear(db));
  afterAll(() => db.close(), DATABASE_LIMIT_MS);
  return () => db;
}

/** Empties all tables. */
export async function clear(db: Pick<TestDatabaseUrl, "query">): Promise<void> {
  for (const table of [
    "pending",
    "daily_method_totals",
    "monthly_method_totals",
    "bucket_counts",
    "lost_requests",
    "clients",
    "methods",
  ]) {
    await db.query(`delete from count.${table}`);
  }
  await db.query(
    `update count.state set buckets_from = '0001-01-01', totals_from = null, path_rules = '[]', path_rules_version = 0,
     path_rules_applied = 0, aliases = 0`,
  );
}
