import { createCounter } from "@count/client";
import { Random } from "../support/random.ts";
import type { DiskAnswer, DiskOptions } from "./messages.ts";

/** A process with its queue on disk that records bursts until it is killed, or told to stop. */
const options = JSON.parse(process.argv[2] ?? "") as DiskOptions;
const random = new Random(options.seed);
const counter = createCounter({
  target: options.target,
  service: options.service,
  sealAfterMs: random.int(1, 60),
  flushAtExitMs: 0,
  logger: { warn: () => undefined, debug: () => undefined },
  diskQueue: { directory: options.directory, fsync: options.fsync },
  delivery: options.delivery,
});

let bursts = 0;
let sealed = 0;
let isStopping = false;

function say(answer: DiskAnswer, then: () => void = () => undefined): void {
  process.send?.(answer, undefined, {}, then);
}

function go(): void {
  if (isStopping) return;
  if (counter.statistics().openKeys === 0 && sealed < bursts) {
    sealed = bursts;
    say({ sealed: { bursts } });
  }
  const burst = { path: `/${bursts + 1}`, requests: random.int(1, 2_000) };
  // Recorded once the parent can know of it, whatever happens to this process.
  say({ burst }, () => {
    if (isStopping) return;
    bursts++;
    for (let left = burst.requests; left > 0; left--) counter.record("GET", burst.path);
    setTimeout(go, random.int(0, 15));
  });
}

async function stop(limitMs: number): Promise<void> {
  isStopping = true;
  await counter.close({ limitMs });
  const { recorded, recovered, acknowledged, refused, dropped, pending, ...rest } = counter.statistics();
  const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  const { batchesResent, failures } = rest;
  say({ sealed: { bursts } });
  const totals = { recorded, recovered, acknowledged, refused: sum(refused), dropped: sum(dropped), pending };
  say({ report: { ...totals, batchesResent, failures } }, () => process.disconnect());
}

process.on("message", ({ stop: { limitMs } }: { stop: { limitMs: number } }) => void stop(limitMs));
process.on("disconnect", () => process.exit());
go();
