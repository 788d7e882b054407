import { describe, expect, test } from "@jest/globals";
import { until } from "../support/until.ts";
import { rawSocket, readUntil, talk } from "./support/client.ts";
import { countsOf, servicesOf, timesOf } from "./support/counts.ts";
import { Stage } from "./support/stage.ts";
import { SUBJECTS } from "./support/subjects.ts";

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

/** Requests that are not, and what each counts as: hung up, broken off, and taken over. */
const BROKEN = {
  "GET /never": 1,
  "POST /upload": 1,
  "GET /stream": 1,
  "GET /live/:id": 2,
};

function expected(): Record<string, number> {
  const counts: Record<string, number> = { ...BROKEN };
  for (const [, , , counted] of ANSWERED) {
    if (counted !== undefined) counts[counted] = (counts[counted] ?? 0) + 1;
  }
  // Those of the pipeline.
  counts["GET /users/:id"] = (counts["GET /users/:id"] ?? 0) + 3;
  return counts;
}

describe.each(SUBJECTS)("the adapter for %s", (_name, start) => {
  test("counts each of the same requests once, under the same paths", async () => {
    await using stage = new Stage();
    const count = await stage.count();
    const { client, counting, port } = await stage.app(start, {
      target: count.target,
      service: "shop",
      now: () => NOON,
      ignore: ["/healthz"],
      rename: [["/old", "/new"]],
    });

    for (const [method, path, status] of ANSWERED) {
      expect({ method, path, status: (await client.send(method, path)).status }).toEqual({ method, path, status });
    }

    // Several requests in one write, answered in order on one connection.
    const pipeline = await rawSocket(port, "GET /users/1 HTTP/1.1\r\nhost: a\r\n\r\n".repeat(3));
    await readUntil(pipeline, (text) => text.split("HTTP/1.1 200").length > 3);
    pipeline.destroy();

    // Hung up before there is an answer, in the middle of the body, and in the middle of the answer.
    for (const bytes of [
      "GET /never HTTP/1.1\r\nhost: a\r\n\r\n",
      "POST /upload HTTP/1.1\r\nhost: a\r\ncontent-type: application/octet-stream\r\ncontent-length: 100\r\n\r\nhalf",
      "GET /stream HTTP/1.1\r\nhost: a\r\n\r\n",
    ]) {
      const begun = stage.begun();
      const socket = await rawSocket(port, bytes);
      await begun;
      if (bytes.includes("/stream")) await readUntil(socket, (text) => text.includes("first"));
      expect(counting?.statistics().open).toBe(1);
      socket.resetAndDestroy();
      await until(() => counting?.statistics().open === 0);
    }

    expect(await talk(port, "/live/42")).toBe("hello");
    expect(await talk(port, "/live/43")).toBe("hello");

    const all = ANSWERED.length + 3 + 3 + 2;
    await until(() => counting?.statistics().open === 0);
    expect(counting?.statistics()).toEqual({ observed: all, ignored: 1, open: 0, failures: 0 });
    expect(await counting?.close()).toMatchObject({ recorded: all - 1, acknowledged: all - 1, pending: 0 });
    expect(countsOf(count.database)).toEqual(expected());
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
