/**
 * Imports a log with a real server on a database of its own, rolls it up, and compares the totals with the tables of a
 * README: one of requests per day, one per method, and a sentence with the number of different paths.
 *
 *   node scripts/check-import.js LOG README
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";

const READY_MS = 120_000;
const COMMAND_MS = 300_000;
const STOP_MS = 30_000;
const bin = fileURLToPath(new URL("../server/bin/count.js", import.meta.url));

function expectations(readme) {
  const rows = (pattern) => Object.fromEntries([...readme.matchAll(pattern)].map(([, key, n]) => [key, Number(n)]));
  const days = rows(/^\| (\d{4}-\d{2}-\d{2}) \| (\d+) \|$/gm);
  const methods = rows(/^\| ([A-Z]+) \| (\d+) \|$/gm);
  const paths = Number(/ ([\d,]+) different paths/.exec(readme)?.[1]?.replaceAll(",", ""));
  const requests = Object.values(days).reduce((sum, n) => sum + n, 0);
  if (!(requests > 0 && paths > 0)) throw new Error("the README has no table of days, or no number of paths");
  return { requests, days, methods, paths };
}

async function serve(folder) {
  const addresses = ["--grpc-address", "127.0.0.1:0", "--http-address", "127.0.0.1:0", "--web-address", "off"];
  const flags = ["--data-dir", join(folder, "data"), "--log-format", "json", "--drain-delay-ms", "0"];
  const { DB_URL: _, ...env } = process.env;
  const server = spawn(process.execPath, [bin, "serve", ...addresses, ...flags], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const timer = setTimeout(() => server.kill("SIGKILL"), READY_MS);
  const log = [];
  for await (const line of createInterface({ input: server.stdout })) {
    log.push(line);
    const record = JSON.parse(line);
    if (record.msg !== "Count is ready") continue;
    clearTimeout(timer);
    // It is not read any more, and must not fill up.
    server.stdout.resume();
    return { server, address: record.grpc };
  }
  clearTimeout(timer);
  throw new Error(`the server ended before it was ready:\n${log.join("\n")}`);
}

function count(address, ...args) {
  const options = { encoding: "utf8", timeout: COMMAND_MS, maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "inherit"] };
  const output = execFileSync(process.execPath, [bin, ...args, "--server", address, "--json"], options);
  return JSON.parse(output);
}

function totals(address, days) {
  const sorted = Object.keys(days).sort();
  const rows = count(address, "totals", "--from", sorted.at(0), "--to", sorted.at(-1));
  const sums = (keyOf) => {
    const found = {};
    for (const row of rows) found[keyOf(row)] = (found[keyOf(row)] ?? 0) + row.count;
    return found;
  };
  return {
    requests: rows.reduce((sum, row) => sum + row.count, 0),
    days: sums((row) => row.date),
    methods: sums((row) => row.method),
    paths: new Set(rows.map((row) => row.path)).size,
  };
}

async function stop(server) {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const timer = setTimeout(() => server.kill("SIGKILL"), STOP_MS);
  server.kill("SIGTERM");
  await once(server, "exit");
  clearTimeout(timer);
}

const [log, readme] = process.argv.slice(2);
const expected = expectations(readFileSync(readme, "utf8"));
const folder = mkdtempSync(join(tmpdir(), "count-check-"));
// As root the database runs as another user, who has to get in.
chmodSync(folder, 0o755);
try {
  const { server, address } = await serve(folder);
  try {
    count(address, "import", log);
    count(address, "rollup");
    const found = totals(address, expected.days);
    process.stdout.write(`${JSON.stringify(found)}\n`);
    if (!isDeepStrictEqual(found, expected)) throw new Error(`expected ${JSON.stringify(expected)}`);
  } finally {
    await stop(server);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
