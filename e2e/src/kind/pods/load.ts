import { existsSync, writeFileSync } from "node:fs";
import { createCounter, type Statistics } from "@count/client";
import type { LoadOptions, LoadReport } from "./messages.ts";

/** In-process clients in a pod, which record at random until the file {@link STOP} is there; then they flush and tell. */
const STOP = "/tmp/stop";
/** Is there once a server has answered for something: the pod's readiness. */
const STREAMING = "/tmp/streaming";
const CLOSE_LIMIT_MS = 120_000;
const METHODS = ["GET", "POST", "PUT", "DELETE", "GRPC"] as const;

const options = JSON.parse(process.argv[2] ?? "") as LoadOptions;
const counters = Array.from({ length: options.counters }, () =>
  createCounter({
    target: options.target,
    service: options.service,
    sealAfterMs: options.sealAfterMs,
    flushAtExitMs: 0,
    logger: { warn: (text) => process.stderr.write(`${text}\n`), debug: () => undefined },
  }),
);
/** What this program counted by itself. */
const sent = new Map<string, number>();
const violations: string[] = [];

function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function check({ recorded, acknowledged, dropped, pending }: Statistics): void {
  if (recorded === acknowledged + sum(dropped) + pending || violations.length > 10) return;
  violations.push(`recorded ${recorded} is not acknowledged ${acknowledged} + dropped + pending ${pending}`);
}

function go(): void {
  for (const counter of counters) {
    for (let left = below(options.maxBurst + 1); left > 0; left--) {
      const method = METHODS[below(METHODS.length)] ?? "GET";
      const path = `/items/${below(options.paths)}`;
      counter.record(method, path);
      const key = `${method} ${path}`;
      sent.set(key, (sent.get(key) ?? 0) + 1);
    }
    check(counter.statistics());
  }
  if (!existsSync(STREAMING) && counters.every((counter) => counter.statistics().acknowledged > 0)) {
    writeFileSync(STREAMING, "");
  }
  if (existsSync(STOP)) void stop();
  else setTimeout(go, below(options.maxPauseMs) + 1);
}

async function stop(): Promise<void> {
  await Promise.all(counters.map((counter) => counter.close({ limitMs: CLOSE_LIMIT_MS })));
  const all = counters.map((counter) => counter.statistics());
  const total = (of: (one: Statistics) => number): number => all.reduce((before, one) => before + of(one), 0);
  const report: LoadReport = {
    recorded: total((one) => one.recorded),
    acknowledged: total((one) => one.acknowledged),
    refused: total((one) => sum(one.refused)),
    dropped: total((one) => sum(one.dropped)),
    pending: total((one) => one.pending),
    failures: total((one) => one.failures),
    batchesResent: total((one) => one.batchesResent),
    sent: Object.fromEntries(sent),
    violations,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

go();
