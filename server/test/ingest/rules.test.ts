import { describe, expect, test } from "@jest/globals";
import { NO_RULES } from "../../src/domain/path-rules.ts";
import type { Ingest } from "../../src/ingest/ingest.ts";
import { setPathRules } from "../../src/policy/set-path-rules.ts";
import { rulesOf } from "../policy/rules.ts";
import { databaseOfThisFile, GET, NOW_MS, stored, testIngest } from "./ingest-support.ts";

const db = databaseOfThisFile();

async function count(ingest: Ingest, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const refused = ingest.add({ method: GET, path, service: "", seconds: NOW_MS / 1_000 });
    if (refused !== undefined) throw new Error(refused.message);
  }
  ingest.hurry();
  await ingest.durable;
}

async function using<Result>(use: (ingest: Ingest) => Promise<Result>, options = {}): Promise<Result> {
  const ingest = testIngest(db().database, options);
  try {
    return await use(ingest);
  } finally {
    await ingest.close();
  }
}

/** What is counted, under the path that it was counted under: `/a: 2`. */
const counted = async () => (await stored(db())).map((line) => line.replace(/^\S+ {2}3 /, ""));

describe("a rule", () => {
  test("counts a path that is new under the one that it leads to, and one that was known under its own", async () => {
    await using(async (ingest) => {
      await count(ingest, "/v1/a", "/b");
      await setPathRules(db().database, rulesOf({ "/v1/*": "/v1" }));
      await ingest.policy.refresh();
      await count(ingest, "/v1/a", "/v1/b", "/v1/c", "/b");
      expect(await counted()).toEqual(["/b: 2", "/v1/a: 2", "/v1: 2"]);
    });
  });

  test("that is gone leaves a path that is new to itself again", async () => {
    await using(async (ingest) => {
      await setPathRules(db().database, rulesOf({ "/v1/*": "/v1" }));
      await count(ingest, "/v1/a");
      await setPathRules(db().database, NO_RULES);
      await ingest.policy.refresh();
      await count(ingest, "/v1/a");
      expect(await counted()).toEqual(["/v1/a: 1", "/v1: 1"]);
    });
  });

  test("holds for the next new path of a server that has not heard of it yet", async () => {
    await using(async (ingest) => {
      await count(ingest, "/b");
      await setPathRules(db().database, rulesOf({ "/v1/*": "/v1" }));
      await count(ingest, "/v1/a", "/v1/b", "/b");
      expect(await counted()).toEqual(["/b: 2", "/v1: 2"]);
    });
  });

  test("makes room: only the path that it leads to counts against the limit, also for what was there before", async () => {
    const limits = { maxPathsPerService: 3 };
    await using(
      async (ingest) => {
        await count(ingest, "/v1/a", "/v1/b", "/v1/c");
        await count(ingest, "/d");
        await setPathRules(db().database, rulesOf({ "/v1/*": "/v1", "/v2/*": "/v1" }));
        await ingest.policy.refresh();
        await count(ingest, "/v2/a", "/v2/b", "/v2/c", "/e", "/v1/a");
        expect(await counted()).toEqual(["(overflow): 1", "/e: 1", "/v1/a: 2", "/v1/b: 1", "/v1/c: 1", "/v1: 3"]);
      },
      { limits },
    );
  });

  test("may lead the paths over the limit elsewhere", async () => {
    await using(
      async (ingest) => {
        await setPathRules(db().database, rulesOf({ "(overflow)": "/others" }));
        await count(ingest, "/a", "/b", "/c");
        expect(await counted()).toEqual(["/a: 1", "/others: 2"]);
      },
      { limits: { maxPathsPerService: 1 } },
    );
  });
});

describe("days whose totals are not kept", () => {
  const at = (ingest: Ingest, time: string) =>
    ingest.add({ method: GET, path: "/a", service: "", seconds: Date.parse(time) / 1_000 })?.message;
  const refused = (time: string, first: string) =>
    `request_timestamp ${time} is of a day whose totals are not kept; accepted are days from ${first} on`;

  test("are refused by the server's own setting", async () => {
    await using(
      async (ingest) => {
        expect(at(ingest, "2026-11-12T00:00:00Z")).toBeUndefined();
        expect(at(ingest, "2026-11-11T23:59:59Z")).toBe(refused("2026-11-11T23:59:59Z", "2026-11-12"));
      },
      { totalDays: 10 },
    );
  });

  test("are refused because of what another server was told", async () => {
    await using(async (ingest) => {
      await db().query("update count.state set totals_from = '2026-11-20'");
      expect(at(ingest, "2026-11-01T00:00:00Z")).toBeUndefined();
      await ingest.policy.refresh();
      expect(at(ingest, "2026-11-20T00:00:00Z")).toBeUndefined();
      expect(at(ingest, "2026-11-19T23:59:59Z")).toBe(refused("2026-11-19T23:59:59Z", "2026-11-20"));
    });
  });
});
