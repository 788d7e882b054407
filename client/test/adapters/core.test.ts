import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Rules } from "../../src/adapters/core/rules.ts";
import { count, normalizeIds } from "../../src/adapters/node-http.ts";
import { createCounter } from "../../src/index.ts";
import { until } from "../support/until.ts";
import { closed, listening } from "./support/app.ts";
import { Client } from "./support/client.ts";
import { countsOf, servicesOf } from "./support/counts.ts";
import { Stage } from "./support/stage.ts";

describe("normalizeIds", () => {
  test.each([
    ["/users/42", "/users/:id"],
    ["/users/42/posts/7", "/users/:id/posts/:id"],
    ["/at/-12.5", "/at/:id"],
    ["/x/018f4c1e-7a52-7cc0-9d2a-3c5a0b6e8f10", "/x/:id"],
    ["/x/018F4C1E-7A52-7CC0-9D2A-3C5A0B6E8F10/y", "/x/:id/y"],
    ["/x/01HQ3K5T8ZJ9W4V7N2M6R0XYAB", "/x/:id"],
    ["/x/507f1f77bcf86cd799439011", "/x/:id"],
    ["/x/da39a3ee5e6b4b0d3255bfef95601890afd80709", "/x/:id"],
    ["/x/abcdefabcdefabcd", "/x/:id"],
  ])("replaces the ids of %s", (path, expected) => {
    expect(normalizeIds(path)).toBe(expected);
  });

  test.each([
    "/",
    "/users/me",
    "/v2/users",
    "/files/report-2026.pdf",
    "/x/deadbeef",
    "/x/c0ffee",
    "/x/1.2.3",
    "/x/01HQ3K5T8ZJ9W4V7N2M6R0XYA",
    "/x/01HQ3K5T8ZJ9W4V7N2M6R0XYIL",
    "/x/81HQ3K5T8ZJ9W4V7N2M6R0XYAB",
    "/x/018f4c1e-7a52-7cc0-9d2a-3c5a0b6e8f1",
    "/x/h%C3%A9",
  ])("leaves %s as it is", (path) => {
    expect(normalizeIds(path)).toBe(path);
  });

  test("makes one path of all that differ in their ids only, and changes nothing the second time", () => {
    const id = fc.oneof(
      fc.nat().map(String),
      fc.uuid(),
      fc.ulid(),
      fc.stringMatching(/^[\da-f]{16,64}$/),
      fc.constant(randomUUID().replaceAll("-", "")),
    );
    const word = fc.stringMatching(/^[g-z]{1,12}$/);
    const template = fc.array(fc.option(word, { nil: undefined }), { maxLength: 6 });
    fc.assert(
      fc.property(template, fc.array(id, { minLength: 6, maxLength: 6 }), (segments, ids) => {
        const path = segments.map((segment, at) => `/${segment ?? ids[at]}`).join("");
        const expected = segments.map((segment) => `/${segment ?? ":id"}`).join("");
        expect(normalizeIds(path)).toBe(expected);
        expect(normalizeIds(expected)).toBe(expected);
      }),
    );
  });
});

describe("the rules", () => {
  const never = (error: unknown): void => {
    throw error;
  };

  test("ignore a path as a whole, what a pattern is found in, and what a function says", () => {
    const rules = new Rules(
      { ignore: ["/healthz", /^\/internal\//g, ({ method, path }) => method === "OPTIONS" && path !== "/kept"] },
      never,
    );
    const ignored = (method: string, path: string): boolean => rules.ignores({ method, path });
    expect(ignored("GET", "/healthz")).toBe(true);
    expect(ignored("GET", "/healthz/deep")).toBe(false);
    // A global pattern has no memory.
    expect([1, 2, 3].map(() => ignored("GET", "/internal/x"))).toEqual([true, true, true]);
    expect(ignored("OPTIONS", "/a")).toBe(true);
    expect(ignored("OPTIONS", "/kept")).toBe(false);
  });

  test("rename in their order, each what the one before has made", () => {
    const rules = new Rules(
      { rename: [["/old", "/new"], [/^\/v\d+/, "/v:n"], ({ method, path }) => (method === "GET" ? path : `${path}!`)] },
      never,
    );
    expect(rules.rename({ method: "GET", path: "/old" })).toBe("/new");
    expect(rules.rename({ method: "GET", path: "/older" })).toBe("/older");
    expect(rules.rename({ method: "PUT", path: "/v2/users" })).toBe("/v:n/users!");
  });

  test("that are none are named", () => {
    expect(() => new Rules({ ignore: [5 as never] }, never)).toThrow("ignore[0] is not a path, a RegExp or a function");
    expect(() => new Rules({ rename: [["/a", "/b"], ["/c"] as never] }, never)).toThrow(
      "rename[1] is not [path or RegExp, path] or a function",
    );
    expect(() => new Rules({ rename: {} as never }, never)).toThrow("rename is not an array of rules");
  });

  test("tell of functions that fail, and go on without them", () => {
    const failures: string[] = [];
    const rules = new Rules(
      {
        ignore: [() => "yes" as never],
        rename: [
          () => {
            throw new Error("no");
          },
          (() => null) as never,
          ["/a", "/b"],
        ],
      },
      (error) => failures.push((error as Error).message),
    );
    expect(rules.ignores({ method: "GET", path: "/a" })).toBe(false);
    expect(rules.rename({ method: "GET", path: "/a" })).toBe("/b");
    expect(failures).toEqual([
      "a function of ignore gave string, not a boolean",
      "no",
      "a function of rename gave null, not a string",
    ]);
  });
});

describe("an adapter with a counter that it was given", () => {
  test("counts with it as others do, under its own service if it has one, and leaves it open", async () => {
    await using stage = new Stage();
    const server = await stage.count();
    const counter = createCounter({ target: server.target, service: "shop" });
    stage.onEnd(() => counter.close());
    const answer = createServer((_request, response) => response.end());
    const admin = createServer((_request, response) => response.end());
    const countings = [count(answer, { counter }), count(admin, { counter, service: "admin" })];
    for (const http of [answer, admin]) {
      const client = new Client(await listening(http));
      stage.onEnd(() => closed(http));
      stage.onEnd(() => client.close());
      await client.send("GET", "/a");
    }
    await until(() => countings.every((counting) => counting.statistics().open === 0));
    for (const counting of countings) expect(await counting.close()).toMatchObject({ recorded: 2 });
    counter.record("GET", "/b");
    expect(await counter.close()).toMatchObject({ recorded: 3, acknowledged: 3 });
    expect(servicesOf(server.database).sort()).toEqual(["admin", "shop"]);
    expect(countsOf(server.database)).toEqual({ "GET /a": 2, "GET /b": 1 });
  });
});

describe("the metrics of an adapter", () => {
  test("tell what it saw, and what became of it where the counter is its own", async () => {
    await using stage = new Stage();
    const http = createServer((_request, response) => response.end());
    const counting = count(http, { target: "127.0.0.1:1", ignore: ["/a"] });
    stage.onEnd(() => counting.close({ limitMs: 0 }));
    const client = new Client(await listening(http));
    stage.onEnd(() => closed(http));
    stage.onEnd(() => client.close());
    await client.send("GET", "/a");
    await client.send("GET", "/b");
    await until(() => counting.statistics().open === 0);
    const text = counting.prometheus();
    expect(text).toContain(
      [
        "# HELP count_adapter_observed_total Requests that arrived.",
        "# TYPE count_adapter_observed_total counter",
        'count_adapter_observed_total{adapter="node:http"} 2',
        "# HELP count_adapter_ignored_total Requests that a rule leaves out.",
        "# TYPE count_adapter_ignored_total counter",
        'count_adapter_ignored_total{adapter="node:http"} 1',
        "# HELP count_adapter_open_requests Requests that are under way.",
        "# TYPE count_adapter_open_requests gauge",
        'count_adapter_open_requests{adapter="node:http"} 0',
        "# HELP count_adapter_failures_total How often something of the adapter threw.",
        "# TYPE count_adapter_failures_total counter",
        'count_adapter_failures_total{adapter="node:http"} 0',
        "# HELP count_client_recorded_total",
      ].join("\n"),
    );
    expect(text).toContain("\ncount_client_recorded_total 1\n");
    const other = count(createServer(), { counter: counting.counter });
    expect(other.prometheus()).not.toContain("count_client_");
  });
});
