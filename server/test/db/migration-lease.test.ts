import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MigrationLease } from "../../src/db/migration-lease.ts";
import { ensureMigrationTables } from "../../src/db/migration-tables.ts";
import { connectDatabase } from "../../src/db/pool-database.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { TcpProxy } from "./tcp-proxy.ts";

describe("MigrationLease", () => {
  let db: TestDatabase;

  beforeEach(async () => {
    db = await testDatabase({ migrated: false });
    await ensureMigrationTables(db.database);
  });
  afterEach(() => db.close());

  async function take(lengthMs: number): Promise<MigrationLease> {
    const lease = await MigrationLease.tryTake(db.database, lengthMs);
    if (!lease) throw new Error("the lease is taken");
    return lease;
  }

  test("of many who ask at once, one gets it", async () => {
    const leases = await Promise.all(Array.from({ length: 20 }, () => MigrationLease.tryTake(db.database, 60_000)));
    const taken = leases.filter((lease) => lease !== undefined);
    expect(taken.map((lease) => lease.fence)).toEqual([1n]);
    await taken[0]?.release();
  });

  test("one that was given back is free at once, and the fence grows", async () => {
    const first = await take(60_000);
    await first.release();
    const second = await take(60_000);
    expect([first.fence, second.fence]).toEqual([1n, 2n]);
    expect(second.holder).not.toBe(first.holder);
    await second.release();
  });

  test("it is extended for as long as it is held", async () => {
    const lease = await take(3_000);
    const [before] = await db.query<{ expires_at: Date }>("select expires_at from count.migration_lease");
    let after = before;
    while (after?.expires_at.getTime() === before?.expires_at.getTime()) {
      lease.lost.throwIfAborted();
      [after] = await db.query("select expires_at from count.migration_lease");
    }
    expect(await MigrationLease.tryTake(db.database, 300)).toBeUndefined();
    expect(lease.lost.aborted).toBe(false);
    await lease.release();
  });

  test("one that nobody extends any more goes to the next", async () => {
    await db.query(
      "insert into count.migration_lease values (1, $1, 7, clock_timestamp() + interval '200 milliseconds')",
      [crypto.randomUUID()],
    );
    expect(await MigrationLease.tryTake(db.database, 60_000)).toBeUndefined();
    let lease: MigrationLease | undefined;
    while (!lease) lease = await MigrationLease.tryTake(db.database, 60_000);
    expect(lease.fence).toBe(8n);
    await lease.release();
  });

  test("a holder that cannot reach the database knows that it lost it when it expires", async () => {
    await using proxy = await TcpProxy.before(db.url);
    await using database = await connectDatabase({ url: proxy.url, closeLimitMs: 0 });
    const lease = await MigrationLease.tryTake(database, 300);
    if (!lease) throw new Error("the lease is taken");
    proxy.fallSilent();
    await once(lease.lost, "abort");
    expect(lease.lost.reason).toMatchObject({
      code: "unavailable",
      message: "the migration lease could not be extended for 300 ms",
    });
    await lease.release();
  });
});
