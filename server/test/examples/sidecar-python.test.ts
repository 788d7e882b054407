import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { AgentProcess } from "../agent/support/agent-process.ts";
import { ServeChild } from "../serve/serve-process-support.ts";
import { testDatabaseUrl } from "../support/database.ts";
import { runCount } from "../support/run-count.ts";

const EXAMPLE = fileURLToPath(new URL("../../../examples/sidecar-python/", import.meta.url));

describe("the example of a Python server with the sidecar", () => {
  test("its requests are in the totals of a Count server, under the templates of its rules", async () => {
    const folder = await mkdtemp(join(tmpdir(), "count-python-"));
    const db = await testDatabaseUrl();
    const python = spawn("python3", [join(EXAMPLE, "server.py"), "0"], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [port] = (await once(createInterface({ input: python.stdout }), "line")) as [string];
      await using serve = new ServeChild(["--migrate"], { DB_URL: db.url });
      const { grpc } = await serve.ready();
      const server = `${grpc.host}:${grpc.port}`;
      await using agent = new AgentProcess([
        ...["--server", server, "--queue-dir", folder, "--service", "shop"],
        ...[
          "--proxy-listen",
          "127.0.0.1:0",
          "--upstream",
          `http://127.0.0.1:${port}`,
          "--rules",
          `${EXAMPLE}rules.yaml`,
        ],
      ]);
      const { proxy } = await agent.ready();
      const get = async (path: string): Promise<unknown> => (await fetch(`${proxy}${path}`)).json();
      expect([
        await get("/products/1"),
        await get("/products/2?x=1"),
        await get("/products"),
        await get("/admin"),
      ]).toEqual([{ name: "kettle" }, { name: "teapot" }, { 1: "kettle", 2: "teapot" }, { error: "not found" }]);
      const ordered = await fetch(`${proxy}/orders`, { method: "POST", body: JSON.stringify({ product: "2" }) });
      expect([ordered.status, await ordered.json()]).toEqual([201, { ordered: "2" }]);
      // A sidecar that is told to stop has delivered.
      expect(await agent.stop()).toBe(0);
      const { stdout } = await runCount(["totals", "--pending", "--service", "shop", "--json", "--server", server]);
      const rows = JSON.parse(stdout) as { method: string; path: string; count: number }[];
      expect(Object.fromEntries(rows.map(({ method, path, count }) => [`${method} ${path}`, count]))).toEqual({
        "GET (unmatched)": 1,
        "GET /products": 1,
        "GET /products/:id": 2,
        "POST /orders": 1,
      });
    } finally {
      python.kill();
      await once(python, "close");
      await db.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
