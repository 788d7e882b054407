import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ServeChild } from "../serve/serve-process-support.ts";
import { testDatabaseUrl } from "../support/database.ts";
import { runCount } from "../support/run-count.ts";
import { Example } from "./example.ts";

let db: Awaited<ReturnType<typeof testDatabaseUrl>>;
let serve: ServeChild;
let countServer = "";

beforeAll(async () => {
  db = await testDatabaseUrl();
  serve = new ServeChild(["--migrate"], { DB_URL: db.url });
  const { host, port } = (await serve.ready()).grpc;
  countServer = `${host}:${port}`;
});
afterAll(async () => {
  await serve[Symbol.asyncDispose]();
  await db.close();
});

/** What `count totals` shows of a service, as `METHOD path` → count. */
async function totalsOf(service: string): Promise<Record<string, number>> {
  const flags = ["--pending", "--service", service, "--json", "--server", countServer];
  const { stdout } = await runCount(["totals", ...flags]);
  const rows = JSON.parse(stdout) as { method: string; path: string; count: number }[];
  return Object.fromEntries(rows.map(({ method, path, count }) => [`${method} ${path}`, count]));
}

const TEMPLATES = {
  "GET (unmatched)": 1,
  "GET /shops/:shop/products/:product": 2,
  "POST /shops/:shop/orders": 1,
};

/** Requests of every example for HTTP, their status, and what they count as. */
describe.each([
  ["express", TEMPLATES],
  ["fastify", TEMPLATES],
  ["koa", TEMPLATES],
  ["hono", TEMPLATES],
  ["node-http", { "GET (unmatched)": 1, "GET /shops/:id/products/:id": 2, "POST /shops/:id/orders": 1 }],
])("the example %s", (name, expected) => {
  test("answers, counts its requests under its routes, and has delivered them when it has ended", async () => {
    await using example = new Example(`${name}.js`, countServer);
    const url = `http://127.0.0.1:${await example.port()}`;
    const product = await fetch(`${url}/shops/1/products/2?colour=red`);
    expect([product.status, await product.json()]).toEqual([200, { shop: "1", product: "2" }]);
    const others = await Promise.all([
      fetch(`${url}/shops/2/products/2`),
      fetch(`${url}/shops/1/orders`, { method: "POST" }),
      fetch(`${url}/nothing/here`),
    ]);
    for (const response of others) await response.text();
    expect(others.map(({ status }) => status)).toEqual([200, 201, 404]);
    expect(await example.stop()).toEqual({ code: 0, stderr: "" });
    expect(example.lines).toEqual(["counted 4 requests, delivered 4"]);
    expect(await totalsOf(`shop-${name}`)).toEqual(expected);
  });
});

describe("the examples for gRPC", () => {
  test("count their calls where they are served and where they are made", async () => {
    await using server = new Example("grpc-server.js", countServer);
    await using client = new Example("grpc-client.js", countServer, await server.port());
    expect(await client.ended()).toEqual({ code: 0, stderr: "" });
    expect(client.lines).toEqual([
      ...["kettle: 40", "5 NOT_FOUND: there is no samovar", "kettle: 40", "teapot: 25"],
      "counted 3 calls, delivered 3",
    ]);
    expect(await server.stop()).toEqual({ code: 0, stderr: "" });
    expect(server.lines).toEqual(["counted 3 calls, delivered 3"]);
    const expected = { "GRPC /shop.v1.ShopService/GetProduct": 2, "GRPC /shop.v1.ShopService/WatchProducts": 1 };
    expect(await totalsOf("shop-grpc")).toEqual(expected);
    expect(await totalsOf("shop-as-called")).toEqual(expected);
  });
});

describe("the example connect", () => {
  test("counts calls by Connect's own protocol, as curl makes them, and what is no method", async () => {
    await using example = new Example("connect.js", countServer);
    const url = `http://127.0.0.1:${await example.port()}`;
    const call = (method: string, name: string): Promise<Response> =>
      fetch(`${url}/shop.v1.ShopService/${method}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name }),
      });
    const kettle = await call("GetProduct", "kettle");
    expect([kettle.status, await kettle.json()]).toEqual([200, { price: 40 }]);
    const samovar = await call("GetProduct", "samovar");
    expect([samovar.status, await samovar.json()]).toEqual([
      404,
      { code: "not_found", message: "there is no samovar" },
    ]);
    const unknown = await call("SellProduct", "kettle");
    expect([unknown.status, await unknown.text()]).toEqual([404, ""]);
    expect(await example.stop()).toEqual({ code: 0, stderr: "" });
    expect(example.lines).toEqual(["counted 3 calls, delivered 3"]);
    expect(await totalsOf("shop-connect")).toEqual({
      "GRPC /shop.v1.ShopService/GetProduct": 2,
      "POST (unmatched)": 1,
    });
  });
});
