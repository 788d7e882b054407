import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

/** A host in TypeScript that uses every entry point as the README does. */
const HOST = `
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node";
import { type CloseReport, type Counter, createCounter, type Statistics } from "@count/client";
import * as connect from "@count/client/connect";
import * as express from "@count/client/express";
import * as fastify from "@count/client/fastify";
import * as grpc from "@count/client/grpc";
import * as hono from "@count/client/hono";
import * as koa from "@count/client/koa";
import { type CountOptions, count, normalizeIds } from "@count/client/node-http";
import { Client, credentials, Server } from "@grpc/grpc-js";
import Express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";

const counter: Counter = createCounter({ target: "127.0.0.1:1", service: "shop" });
const options: CountOptions = {
  counter,
  ignore: ["/healthz", /^\\/internal\\//, ({ method }) => method === "OPTIONS"],
  rename: [["/old", "/new"], ({ path }) => normalizeIds(path)],
};

const app = Express();
const counting = express.count(options);
app.use(counting);
app.get("/users/:id", (request, response) => {
  response.json({ id: request.params.id });
});
counting.upgrades(createServer(app));

const fast = Fastify();
fast.register(fastify.count(options));
const fast2 = Fastify({ http2: true });
fast2.register(fastify.count(options));

new Koa().use(koa.count(options));
new Hono().use(hono.count(options)).get("/users/:id", (context) => context.text(context.req.param("id")));
new Hono<{ Bindings: { secret: string } }>().use(hono.count(options));
count(createServer(), { ...options, route: ({ path }) => path });
count(createHttp2Server(), options);

const interceptor = grpc.count(options);
interceptor.unregistered(new Server({ interceptors: [interceptor] }));
new Client("127.0.0.1:1", credentials.createInsecure(), { interceptors: [grpc.countCalls(options)] }).close();

const connected = connect.count(options);
connectNodeAdapter({ routes: () => undefined, interceptors: [connected], fallback: connected.unmatched() });
createConnectTransport({ baseUrl: "http://a", httpVersion: "2", interceptors: [connect.countCalls(options)] });

const statistics: Statistics = counter.statistics();
const { recorded }: CloseReport = await counter.close({ limitMs: 0 });
console.log(statistics.recorded, recorded, counting.statistics().observed);
await Promise.all([fast.close(), fast2.close()]);
`;

const COMPILER = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  target: "es2023",
  module: "nodenext",
  types: ["node"],
};

let folder = "";

/** A host's folder: what was packed, and beside it everything else that is installed here. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "count-package-"));
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@count"), { recursive: true });
  for (const name of await readdir(join(ROOT, "node_modules"))) {
    if (name !== "@count") await symlink(join(ROOT, "node_modules", name), join(modules, name));
  }
  for (const name of ["proto", "client"]) {
    const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
    const { stdout } = await run("npm", pack, { cwd: join(ROOT, name) });
    const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
    await mkdir(join(modules, "@count", name));
    await run("tar", ["-xzf", join(folder, filename), "--strip-components=1", "-C", join(modules, "@count", name)]);
  }
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "host.ts"), HOST);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the compiler has to say. */
async function compiled(): Promise<string> {
  const config = { compilerOptions: COMPILER, files: ["host.ts"] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  // Without colours, whatever the terminal: a line begins with its file's name.
  const tsc = [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", ".", "--pretty", "false"];
  const { stdout } = await run(process.execPath, tsc, { cwd: folder }).catch(
    (error: unknown) => error as { readonly stdout: string },
  );
  // Koa's types do not fit the newest content-disposition.
  return stdout.replaceAll(/^.*\/@types\/koa\/.*\n/gm, "");
}

describe("the package as it is published", () => {
  test("has what a host runs and reads, and nothing else", async () => {
    const files = await readdir(join(folder, "node_modules/@count/client"), { recursive: true, withFileTypes: true });
    const odd = files.filter((file) => file.isFile() && !/\.(js|d\.ts)$/.test(file.name)).map(({ name }) => name);
    expect(odd.sort()).toEqual(["README.md", "package.json"]);
  });

  test("type-checks in a host that is strict, and runs there", async () => {
    expect(await compiled()).toBe("");
    const { stdout } = await run(process.execPath, ["host.js"], { cwd: folder });
    expect(stdout).toBe("0 0 0\n");
    // The compiler reads the types of every framework: a minute's work on a machine that is busy with other things.
  }, 240_000);

  test("is loaded by require, too", async () => {
    const entries = ["", "/node-http", "/express", "/fastify", "/koa", "/hono", "/grpc", "/connect"];
    const script = entries.map((entry) => `console.log(typeof require("@count/client${entry}"));`).join("");
    const { stdout } = await run(process.execPath, ["--input-type=commonjs", "--eval", script], { cwd: folder });
    expect(stdout).toBe("object\n".repeat(entries.length));
  });
});
