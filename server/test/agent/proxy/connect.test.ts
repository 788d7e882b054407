import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { describe, expect, test } from "@jest/globals";
import { proxied } from "../support/proxied.ts";

/** Listens with room for one connection, and is stopped before it takes any. */
const DEAF = `
const server = require("node:net").createServer();
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  console.log(server.address().port);
  process.kill(process.pid, "SIGSTOP");
});`;

describe("connecting to the application", () => {
  test("takes as long as it may, then the client gets 504", async () => {
    const deaf = spawn(process.execPath, ["-e", DEAF], { stdio: ["ignore", "pipe", "inherit"] });
    const [port] = (await once(createInterface({ input: deaf.stdout }), "line")) as [string];
    const taking: Socket[] = [];
    try {
      // What the system takes for a program that does not.
      for (let i = 0; i < 8; i++) taking.push(connect(Number(port), "127.0.0.1").on("error", () => undefined));
      await once(taking[0]!, "connect");
      await using front = await proxied(Number(port), { connectTimeoutMs: 100 });
      const response = await fetch(`${front.url}/a`);
      expect([response.status, front.counted, front.failed]).toEqual([504, ["GET /a"], [504]]);
    } finally {
      for (const socket of taking) socket.destroy();
      deaf.kill("SIGKILL");
      await once(deaf, "close");
    }
  });
});
