import { createCounter } from "@count/client";
import type { SendOptions, SendReport } from "./messages.ts";

/** Records given requests with `@count/client`, each at its time, and ends when they are answered for. */
const { target, service, requests, token } = JSON.parse(process.argv[2] ?? "") as SendOptions;
const CLOSE_LIMIT_MS = 60_000;

const counter = createCounter({ target, service, ...(token === undefined ? {} : { token }) });
for (const { method, path, atMs, times } of requests) {
  for (let left = times; left > 0; left--) counter.record(method, path, service, atMs);
}
const { acknowledged, dropped, pending } = await counter.close({ limitMs: CLOSE_LIMIT_MS });
if (pending > 0) process.stderr.write(`pending ${pending}, dropped ${JSON.stringify(dropped)}\n`);
process.stdout.write(`${JSON.stringify({ acknowledged } satisfies SendReport)}\n`);
