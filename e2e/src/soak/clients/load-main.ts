import { createCounter } from "@count/client";
import { Random } from "../support/random.ts";
import { Books } from "./books.ts";
import { JumpingClock } from "./jumping-clock.ts";
import type { LoadAnswer, LoadCommand, LoadOptions } from "./messages.ts";

/** A process of counters that record at random until they are told to stop. */
const options = JSON.parse(process.argv[2] ?? "") as LoadOptions;
const random = new Random(options.seed);
const clock = new JumpingClock(random);
const quiet = { warn: () => undefined, debug: () => undefined };

const counters = Array.from({ length: options.counters }, () =>
  createCounter({
    target: options.target,
    sealAfterMs: options.sealAfterMs,
    flushAtExitMs: 0,
    logger: quiet,
    delivery: options.delivery,
    ...(options.jumpingClock ? { now: () => clock.now() } : {}),
  }),
);
const books = new Books(counters, random);

function say(answer: LoadAnswer): void {
  process.send?.(answer);
}

let next: NodeJS.Timeout;

function go(): void {
  if (options.jumpingClock && random.chance(0.02)) clock.jump();
  for (const counter of counters) {
    if (options.share >= 1 || random.chance(options.share)) books.record(counter, random.int(1, options.maxBurst));
  }
  // Between goes too, and not only at the end.
  if (random.chance(0.1)) books.check();
  next = setTimeout(go, random.int(1, options.maxPauseMs));
}

async function stop(limitMs: number): Promise<void> {
  clearTimeout(next);
  books.check();
  await Promise.all(counters.map((counter) => counter.close({ limitMs })));
  books.check();
  say({ report: books.report() });
  process.disconnect();
}

process.on("message", (command: LoadCommand) => void stop(command.stop.limitMs));
// Its parent is gone.
process.on("disconnect", () => process.exit());
go();
say({ ready: true });
