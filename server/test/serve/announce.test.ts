import { describe, expect, test } from "@jest/globals";
import { announcement } from "../../src/serve/announce.ts";

const WHERE = {
  grpc: { host: "127.0.0.1", port: 7777 },
  isTls: false,
  http: { host: "127.0.0.1", port: 7780 },
  web: { host: "127.0.0.1", port: 7779 },
  health: undefined,
  databaseUrl: "postgres://count:hunter2@127.0.0.1:5432/count",
  embedded: { dataDir: "/var/lib/count", version: "18.4" },
};

describe("the announcement", () => {
  test("says where everything is, and what to try next", () => {
    expect(announcement(WHERE)).toBe(`
  Count is ready.

  gRPC    127.0.0.1:7777   count.v1, health, reflection
  Page    http://127.0.0.1:7779/   the page, and the API: /openapi.json
  HTTP    http://127.0.0.1:7780   /healthz /readyz /metrics
  Data    /var/lib/count   embedded PostgreSQL 18.4

  Try next:
    count import access.log   counts the requests of an access log
    count rollup              closes the days that are over
    count totals              shows what was called, and how often

`);
  });

  test("names a database without its password, and a server that is not where it is looked for", () => {
    const text = announcement({
      ...WHERE,
      grpc: { host: "0.0.0.0", port: 9 },
      isTls: true,
      web: { host: "", port: 11 },
      health: { host: "", port: 10 },
      embedded: undefined,
    });
    expect(text).toContain("gRPC    0.0.0.0:9 with TLS   count.v1");
    expect(text).toContain("Page    https://127.0.0.1:11/   the page");
    expect(text).toContain("Health  :10   gRPC health without TLS");
    expect(text).toContain("Data    postgres://count:***@127.0.0.1:5432/count\n");
    expect(text).toContain("count totals --server 127.0.0.1:9 ");
    expect(text).not.toContain("hunter2");
  });
});
