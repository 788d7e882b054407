import { describe, expect, test } from "@jest/globals";
import { until } from "../support/until.ts";
import { countsOf, servicesOf, timesOf } from "./support/counts.ts";
import { HTTP2 } from "./support/serving.ts";
import { Stage } from "./support/stage.ts";
import { SUBJECTS } from "./support/subjects.ts";
import type { BrokenAt } from "./support/wire.ts";

/** Requests that are under way on one connection at once. */
const TOGETHER = 3;

const NOON = Date.UTC(2026, 10, 24, 12);

/** Requests that are answered: what is sent, the status, and what it counts as. */
const ANSWERED: readonly (readonly [method: string, path: string, status: number, counted: string | undefined])[] = [
  ["GET", "/", 200, "GET /"],
  ["GET", "/users/7", 200, "GET /users/:id"],
  ["GET", "/users/8?page=2&q=%2Fx", 200, "GET /users/:id"],
  ["GET", "/users/h%C3%A9", 200, "GET /users/:id"],
  ["HEAD", "/users/7", 200, "HEAD /users/:id"],
  ["OPTIONS", "/users/7", 204, "OPTIONS /users/:id"],
  ["PUT", "/users/7", 200, "PUT /users/:id"],
  ["PATCH", "/users/7", 200, "PATCH /users/:id"],
  ["DELETE", "/users/7", 200, "DELETE /users/:id"],
  ["POST", "/users", 201, "POST /users"],
  // Nested routers, under a prefix with a parameter.
  ["GET", "/api/acme/items", 200, "GET /api/:org/items"],
  ["GET", "/api/acme/items/5", 200, "GET /api/:org/items/:item"],
  ["GET", "/api/other/items/6", 200, "GET /api/:org/items/:item"],
  // No route; a route that says 404; a route with another method.
  ["GET", "/nothing/here", 404, "GET (unmatched)"],
  ["GET", "/api/acme/nothing", 404, "GET (unmatched)"],
  ["DELETE", "/nothing", 404, "DELETE (unmatched)"],
  ["GET", "/missing/7", 404, "GET /missing/:id"],
  ["POST", "/only-get", 405, "POST /only-get"],
  // Errors that are thrown.
  ["GET", "/boom", 500, "GET /boom"],
  ["GET", "/async-boom", 500, "GET /async-boom"],
  // Rules.
  ["GET", "/healthz", 200, undefined],
  ["GET", "/old", 200, "GET /new"],
];

/** Requests that are broken off: where, what is sent, and what it counts as. */
const BROKEN: readonly (readonly [at: BrokenAt, path: string, counted: string])[] = [
  ["request", "/never", "GET /never"],
  ["body", "/upload", "POST /upload"],
  ["answer", "/stream", "GET /stream"],
];

/** @param takenOver what HTTP calls the request that turns into a WebSocket */
function expected(takenOver: "GET" | "CONNECT"): Record<string, number> {
  const counts: Record<string, number> = { [`${takenOver} /live/:id`]: 2 };
  for (const [, , counted] of BROKEN) counts[counted] = 1;
  for (const [, , , counted] of ANSWERED) {
    if (counted !== undefined) counts[counted] = (counts[counted] ?? 0) + 1;
  }
  // Those that are sent together.
  counts["GET /users/:id"] = (counts["GET /users/:id"] ?? 0) + TOGETHER;
  return counts;
}

describe.each(SUBJECTS)("the adapter for %s", (_name, start) => {
  test("counts each of the same requests once, under the same paths", async () => {
    await using stage = new Stage();
    const count = await stage.count();
    const { client, counting, serving } = await stage.app(start, {
      target: count.target,
      service: "shop",
      now: () => NOON,
      ignore: ["/healthz"],
      rename: [["/old", "/new"]],
    });

    for (const [method, path, status] of ANSWERED) {
      expect({ method, path, status: (await client.send(method, path)).status }).toEqual({ method, path, status });
    }

    await client.sendTogether("/users/1", TOGETHER);

    for (const [at, path] of BROKEN) {
      const begun = stage.begun();
      const broken = await client.begin(at, path);
      await begun;
      if (at === "answer") await broken.reads("first");
      expect(counting?.statistics().open).toBe(1);
      broken.hangUp();
      await until(() => counting?.statistics().open === 0);
    }

    expect(await client.talk("/live/42")).toBe("hello");
    expect(await client.talk("/live/43")).toBe("hello");

    const all = ANSWERED.length + TOGETHER + BROKEN.length + 2;
    await until(() => counting?.statistics().open === 0);
    expect(counting?.statistics()).toEqual({ observed: all, ignored: 1, open: 0, failures: 0 });
    expect(await counting?.close()).toMatchObject({ recorded: all - 1, acknowledged: all - 1, pending: 0 });
    expect(countsOf(count.database)).toEqual(expected(serving === HTTP2 ? "CONNECT" : "GET"));
    expect(servicesOf(count.database)).toEqual(["shop"]);
  });

  test("counts a request when it arrived, and on close what is under way, once", async () => {
    await using stage = new Stage();
    const count = await stage.count();
    let now = NOON;
    const { client, counting } = await stage.app(start, { target: count.target, service: "shop", now: () => now });
    const begun = stage.begun();
    const held = client.send("GET", "/held");
    await begun;
    now += 3_600_000;
    await counting?.close();
    expect(timesOf(count.database)).toEqual({ "GET /held": "2026-11-24T12:00:00.000Z" });
    stage.release();
    expect((await held).body).toBe("held");
    expect(counting?.statistics()).toEqual({ observed: 1, ignored: 0, open: 0, failures: 0 });
    expect(countsOf(count.database)).toEqual({ "GET /held": 1 });
  });
});
