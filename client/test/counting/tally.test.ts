import { fromBinary } from "@bufbuild/protobuf";
import { METHOD_NUMBERS, methodFromName, methodName, RecordBatchSchema } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Drops } from "../../src/counting/drops.ts";
import { Tally } from "../../src/counting/tally.ts";

const QUARTER = 900_000;

class Clock {
  ms = 1_995_024 * QUARTER;
}

function tallyOf(options: { clock?: Clock; maxKeys?: number; maxPooled?: number } = {}) {
  const { clock = new Clock(), maxKeys = 2_000, maxPooled = 200_000 } = options;
  const drops = new Drops();
  const events: string[] = [];
  const tally = new Tally({
    maxKeys,
    maxPooled,
    now: () => clock.ms,
    monotonicNow: () => 0,
    drops,
    onFirst: () => events.push("first"),
    onFull: () => events.push("full"),
  });
  return { tally, drops, events, clock };
}

/** Everything that a tally holds: `service method path bucket` → count. */
function drain(tally: Tally, into: Record<string, number> = {}): Record<string, number> {
  for (let sealed = tally.seal(0); sealed !== undefined; sealed = tally.seal(0)) {
    const batch = fromBinary(RecordBatchSchema, sealed.body);
    let requests = 0;
    batch.counts.forEach((count, at) => {
      const key = `${batch.strings[batch.services[at]!]} ${batch.methods[at]} ${batch.strings[batch.paths[at]!]} ${batch.buckets[at]}`;
      into[key] = (into[key] ?? 0) + Number(count);
      requests += Number(count);
    });
    expect(sealed.requests).toBe(requests);
  }
  expect(tally.entries).toBe(0);
  expect(tally.requests()).toBe(0);
  return into;
}

describe("Tally", () => {
  test("counts what a plain dictionary counts, whatever the order of calls, clocks and seals", () => {
    const call = fc.record({
      method: fc.oneof(
        fc.constantFrom(...METHOD_NUMBERS),
        fc.constantFrom("GET", "POST", "PATCH", "GRPC", "OTHER", "get", "PROPFIND"),
      ),
      path: fc.constantFrom("/a", "/b", "/c/:id", "/c/:id?x=1", "/c/:id#y", "/d"),
      service: fc.constantFrom("", "shop", "admin"),
      late: fc.option(fc.integer({ min: -4, max: 2 }), { nil: undefined }),
    });
    const step = fc.oneof(
      { weight: 20, arbitrary: call },
      { weight: 2, arbitrary: fc.record({ jump: fc.integer({ min: -5, max: 5 }) }) },
      { weight: 1, arbitrary: fc.constant("seal" as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const { tally, clock, drops } = tallyOf();
        const counted: Record<string, number> = {};
        const expected: Record<string, number> = {};
        let recorded = 0;
        for (const s of steps) {
          if (s === "seal") drain(tally, counted);
          else if ("jump" in s) {
            clock.ms += s.jump * QUARTER;
            tally.checkClock();
          } else {
            const { method, path, service, late } = s;
            tally.record(method, path, service, late === undefined ? undefined : clock.ms + late * QUARTER);
            recorded++;
            const number = typeof method === "number" ? method : methodFromName(method);
            const key = `${service} ${number} ${path.split(/[?#]/)[0]} ${clock.ms / QUARTER + (late ?? 0)}`;
            expected[key] = (expected[key] ?? 0) + 1;
          }
        }
        const sum = Object.values(counted).reduce((total, count) => total + count, 0);
        expect(sum + tally.requests() + drops.total).toBe(recorded);
        expect(drain(tally, counted)).toEqual(expected);
        expect(drops.total).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test("loses nothing but what it reports, with few keys allowed and paths that never repeat", () => {
    const step = fc.record({
      path: fc.integer({ min: 0, max: 100_000 }),
      method: fc.constantFrom("GET", "PUT", "PATCH"),
      service: fc.integer({ min: 0, max: 3 }),
      late: fc.option(fc.integer({ min: -50, max: -1 }), { nil: undefined }),
      jump: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 1, -1),
      seal: fc.constantFrom(false, false, false, false, false, false, false, false, false, true),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 500 }), (steps) => {
        const { tally, clock, drops } = tallyOf({ maxKeys: 3, maxPooled: 20 });
        let sealed = 0;
        for (const { path, method, service, late, jump, seal } of steps) {
          clock.ms += jump * QUARTER;
          if (jump !== 0) tally.checkClock();
          tally.record(method, `/${path}`, `s${service}`, late === undefined ? undefined : clock.ms + late * QUARTER);
          if (seal) sealed += tally.seal(0)?.requests ?? 0;
        }
        expect(tally.recorded).toBe(steps.length);
        expect(sealed + tally.requests() + drops.total).toBe(steps.length);
      }),
      { numRuns: 200 },
    );
  });

  test("enters the next quarter of an hour when it looks at the clock: at the first request after a seal", () => {
    const { tally, clock } = tallyOf();
    tally.record("GET", "/a", "", undefined);
    clock.ms += QUARTER;
    tally.record("GET", "/a", "", undefined);
    drain(tally);
    tally.record("GET", "/a", "", undefined);
    expect(drain(tally)).toEqual({ " 3 /a 1995025": 1 });
  });

  test("counts a request that says when it was in that quarter, also the first one after a seal", () => {
    const { tally, clock } = tallyOf();
    for (const key of [" 3 /a 1995024", " 3 /a 1995025"]) {
      const timeMs = clock.ms;
      clock.ms += QUARTER;
      tally.record("GET", "/a", "", timeMs);
      expect(drain(tally)).toEqual({ [key]: 1 });
    }
  });

  test("looks at the clock every 1,024 requests while the event loop does not turn", () => {
    const { tally, clock } = tallyOf();
    tally.record("GET", "/a", "", undefined);
    clock.ms += QUARTER;
    for (let i = 0; i < 3_000; i++) tally.record("GET", "/a", "", undefined);
    const counts = drain(tally);
    expect(counts[" 3 /a 1995024"]).toBeLessThanOrEqual(1_025);
    expect(counts[" 3 /a 1995024"]! + counts[" 3 /a 1995025"]!).toBe(3_001);
  });

  test("tells its owner of the first count and of a full batch", () => {
    const { tally, events } = tallyOf();
    for (let i = 0; i < 1_500; i++) tally.record("GET", `/${i}`, "", undefined);
    expect(events).toEqual(["first", "full"]);
    expect(tally.seal(0)?.requests).toBe(1_000);
    expect(tally.seal(0)?.requests).toBe(500);
    tally.record("GET", "/1", "", 0);
    expect(events).toEqual(["first", "full", "first"]);
  });

  test("stays bounded when paths never repeat and nothing can be sealed", () => {
    const { tally, clock, drops } = tallyOf({ maxKeys: 10, maxPooled: 100 });
    for (let i = 0; i < 100_000; i++) {
      tally.record("GET", `/${i}`, `s${i % 1_000}`, clock.ms - (i % 500) * QUARTER);
      if (i % 1_000 === 0) {
        clock.ms += QUARTER;
        tally.checkClock();
      }
    }
    expect(tally.entries).toBeLessThanOrEqual(100 + 10 + 256);
    expect(tally.requests() + drops.total).toBe(100_000);
    expect(drops.byReason().queue_full).toBeGreaterThan(0);
  });

  test("takes 1 MiB of strings into a batch, and the rest into the next", () => {
    const { tally } = tallyOf();
    for (let i = 0; i < 2_000; i++) {
      tally.record("GET", `/${i}/`.padEnd(1_024, "x"), `${i}-`.padEnd(1_024, "s"), undefined);
    }
    const sizes: number[] = [];
    for (let sealed = tally.seal(0); sealed !== undefined; sealed = tally.seal(0)) sizes.push(sealed.body.length);
    expect(sizes.length).toBe(4);
    expect(Math.max(...sizes)).toBeLessThan(1_100_000);
  });

  test("counts new paths under (overflow) once what waits has 8 MiB of strings, and old ones as before", () => {
    const { tally, clock, drops } = tallyOf();
    const path = (bucket: number, i: number): string => `/${bucket}/${i}/`.padEnd(1_024, "x");
    for (let bucket = 0; bucket < 10; bucket++) {
      for (let i = 0; i < 1_000; i++) tally.record("GET", path(bucket, i), "shop", undefined);
      // One that waits already, of the bucket before.
      if (bucket === 9) tally.record("GET", path(8, 0), "shop", undefined);
      clock.ms += QUARTER;
      tally.checkClock();
    }
    const counts = drain(tally);
    const paths = new Set(Object.keys(counts).map((key) => key.split(" ")[2]));
    expect(paths.size).toBe(Math.floor((8 * 1_024 * 1_024) / 1_027) + 1);
    expect(counts["shop 3 (overflow) 1995032"]).toBe(832);
    expect(counts["shop 3 (overflow) 1995033"]).toBe(1_000);
    expect(counts[`shop 3 ${path(8, 0)} 1995033`]).toBe(1);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(10_001);
    expect(drops.total).toBe(0);

    // What has been sealed has given its room back.
    clock.ms += QUARTER;
    tally.record("GET", path(0, 1), "shop", clock.ms - QUARTER);
    expect(drain(tally)).toEqual({ [`shop 3 ${path(0, 1)} 1995034`]: 1 });
  });

  test("drops as expired what came in before a time", () => {
    const { tally, clock, drops } = tallyOf();
    tally.record("GET", "/a", "", clock.ms - QUARTER);
    tally.record("GET", "/b", "", undefined);
    tally.expire(1);
    expect(drops.byReason().expired).toBe(1);
    expect(drain(tally)).toEqual({ " 3 /b 1995024": 1 });
  });

  test("allocates nothing for keys that it has met", () => {
    const { tally } = tallyOf();
    const methods = METHOD_NUMBERS.map((method) => methodName(method)!);
    const run = (times: number): void => {
      for (let i = 0; i < times; i++) tally.record(methods[i % methods.length]!, "/users/:id", "shop", undefined);
    };
    run(200_000);
    const before = process.memoryUsage().heapUsed;
    run(200_000);
    // An object for each would be 5 MB at least.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000);
  });
});
