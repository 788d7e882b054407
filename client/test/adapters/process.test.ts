import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { countsOf } from "./support/counts.ts";
import { Stage } from "./support/stage.ts";

/** The package as it is built, which a host imports: `npx tsc -b client` makes it. */
const DIST = new URL("../../dist/adapters/", import.meta.url).href;
const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Runs a module in a process of its own, which has to end by itself. `adapters` is where the built adapters are. */
async function runToEnd(
  source: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { PATH } = process.env;
  const script = `const adapters = ${JSON.stringify(DIST)};\n${source}`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: HERE,
    env: { PATH, ...env },
  });
  const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: exit[0] as number | null, stdout, stderr };
}

/** An app that is asked once, over a socket, and then closes its server. */
const EXPRESS = `
  const { count } = await import(adapters + "express/index.js");
  const { default: express } = await import("express");
  const app = express();
  app.use(count(JSON.parse(process.env.OPTIONS)));
  app.get("/users/:id", (request, response) => response.send("user"));
  const server = app.listen(0, "127.0.0.1", async () => {
    const response = await fetch("http://127.0.0.1:" + server.address().port + "/users/7", { headers: { connection: "close" } });
    console.log(response.status, await response.text());
    server.close();
  });
`;

describe("a process whose app has an adapter", () => {
  test("ends by itself once its server is closed, and what it counted is delivered", async () => {
    await using stage = new Stage();
    const count = await stage.count();
    const options = JSON.stringify({ target: count.target });
    expect(await runToEnd(EXPRESS, { OPTIONS: options, npm_package_name: "shop" })).toEqual({
      code: 0,
      stdout: "200 user\n",
      stderr: "",
    });
    expect([...count.database.stored.keys()].map((key) => key.split(" ")[0])).toEqual(["shop"]);
    expect(countsOf(count.database)).toEqual({ "GET /users/:id": 1 });
  });

  test("is not held up by a Count server that is away or mute, nor by one that it was not told of", async () => {
    await using stage = new Stage();
    const mute = await stage.count();
    mute.faults.muteHello = true;
    for (const target of [mute.target, "127.0.0.1:1"]) {
      const options = JSON.stringify({ target, flushAtExitMs: 0 });
      expect(await runToEnd(EXPRESS, { OPTIONS: options })).toEqual({ code: 0, stdout: "200 user\n", stderr: "" });
    }
    const untold = await runToEnd(EXPRESS, { OPTIONS: "{}" });
    expect(untold).toMatchObject({ code: 0, stdout: "200 user\n" });
    expect(untold.stderr).toContain(
      "CountWarning: nothing is counted by the adapter for express: neither target nor the environment's COUNT_SERVER names a Count server",
    );
  });

  test("needs no more than the line, where the environment says the rest", async () => {
    await using stage = new Stage();
    const count = await stage.count();
    const names = { COUNT_SERVER: count.target, OTEL_SERVICE_NAME: "checkout", npm_package_name: "shop" };
    expect(await runToEnd(EXPRESS, { OPTIONS: "{}", ...names })).toMatchObject({ code: 0, stderr: "" });
    expect([...count.database.stored.keys()].map((key) => key.split(" ")[0])).toEqual(["checkout"]);
  });

  test("counts what is injected into Fastify", async () => {
    await using stage = new Stage();
    const count = await stage.count();
    const source = `
      const { count } = await import(adapters + "fastify.js");
      const { default: Fastify } = await import("fastify");
      const app = Fastify();
      const counting = count();
      app.register(counting);
      app.get("/users/:id", async () => "user");
      console.log((await app.inject("/users/1")).body, (await app.inject("/nothing")).statusCode);
      console.log(JSON.stringify(counting.statistics()));
      await app.close();
      await counting.close();
    `;
    expect(await runToEnd(source, { COUNT_SERVER: count.target })).toEqual({
      code: 0,
      stdout: 'user 404\n{"observed":2,"ignored":0,"open":0,"failures":0}\n',
      stderr: "",
    });
    expect(countsOf(count.database)).toEqual({ "GET /users/:id": 1, "GET (unmatched)": 1 });
  });

  test("can import every adapter by its name", async () => {
    for (const name of ["node-http", "express", "fastify", "koa", "hono", "grpc", "connect"]) {
      const source = `
        const module = await import("@count/client/${name}");
        console.log(Object.keys(module).filter((key) => typeof module[key] === "function").join());
      `;
      const { code, stdout, stderr } = await runToEnd(source);
      expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: "" });
      expect(stdout).toMatch(/^count(,countCalls|,normalizeIds)?\n$/);
    }
  });
});
