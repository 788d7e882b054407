import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Child } from "../support/child.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../support/database.ts";
import { addPending, days, storedTotals } from "./pending.ts";
import type { ZonesChildOptions, ZonesChildResult } from "./zones-child.ts";

let db: TestDatabaseUrl;
beforeEach(async () => {
  db = await testDatabaseUrl();
});
afterEach(() => db.close());

test.each([
  { process: "Pacific/Kiritimati", database: "Asia/Kathmandu", session: "Pacific/Niue", offset: -840 },
  { process: "Pacific/Niue", database: "Pacific/Kiritimati", session: "America/St_Johns", offset: 660 },
])(
  "Days are the same with the process in $process, the database in $database and the session in $session",
  async ({ offset, ...zones }) => {
    await db.query(`alter database ${new URL(db.url).pathname.slice(1)} set timezone = '${zones.database}'`);
    const inside = ["2026-11-01", "2026-11-02", "2026-11-29", "2026-11-30"];
    const outside = ["2026-10-31", "2026-12-01"];
    for (const day of [...inside, ...outside]) await addPending(db, { day, entries: [[1, 5]] });

    const options: ZonesChildOptions = {
      url: db.url,
      sessionZone: zones.session,
      // CockroachDB has no other style than ISO.
      sessionDateStyle: db.dialect === "cockroachdb" ? "ISO, DMY" : "SQL, DMY",
      period: days("2026-11-01", "2026-11-30"),
    };
    await using child = new Child("rollup/zones-child.ts", options, { TZ: zones.process });
    const result = JSON.parse((await child.line()) ?? "null") as ZonesChildResult | null;

    const expected = inside.map((day) => `${day} 1=5`);
    expect(result).toEqual({
      offset,
      zone: zones.session,
      dateStyle: options.sessionDateStyle,
      listed: expected,
      period: [" 1=20"],
      rolledUp: expected,
    });
    expect(await storedTotals(db)).toEqual(inside.map((day) => [day, 1, 5n]));
  },
);
