import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DiskOptions, DiskReport } from "../clients/messages.ts";
import { CountServer } from "../processes/count-server.ts";
import { DiskProcess } from "../processes/disk-process.ts";
import { RollUps } from "../processes/roll-ups.ts";
import { faultsFor } from "./faults.ts";
import { hurriedDelivery } from "./play.ts";
import type { Scenario, Stage, Tally } from "./scenario.ts";
import { readStored, type Stored } from "./stored.ts";

const DIRECTORIES = 3;
const FLUSH_LIMIT_MS = 45_000;

/** One queue on disk, and the processes that had it, one after another. */
class Succession {
  readonly processes: DiskProcess[] = [];
  readonly #stage: Stage;
  readonly #target: string;
  readonly #directory = join(tmpdir(), `count-soak-queue-${randomUUID()}`);
  readonly #name: string;

  constructor(stage: Stage, target: string, name: string) {
    this.#stage = stage;
    this.#target = target;
    this.#name = name;
    stage.releases.add(() => rm(this.#directory, { recursive: true, force: true }));
  }

  start(): void {
    const { random, releases } = this.#stage;
    const options = {
      target: this.#target,
      seed: random.int(0, 2 ** 31),
      directory: this.#directory,
      service: `${this.#name}-${this.processes.length + 1}`,
      fsync: random.pick<DiskOptions["fsync"]>(["batch", "interval", "never"]),
      delivery: hurriedDelivery(this.#stage),
    };
    this.processes.push(new DiskProcess(options, releases));
  }

  async restart(): Promise<void> {
    await this.processes.at(-1)?.kill();
    this.start();
  }

  async stop(): Promise<DiskReport> {
    const last = this.processes.at(-1);
    if (last === undefined) throw new Error(`${this.#name} was never started`);
    return last.stop(FLUSH_LIMIT_MS);
  }
}

/**
 * Every burst is stored as it was recorded, or not at all; and not at all only when it was never sealed, which SIGKILL takes.
 *
 * @returns what does not add up, and how many requests the bursts have that are there
 */
function judgeBursts(processes: readonly DiskProcess[], stored: Stored): { violations: string[]; requests: number } {
  const violations: string[] = [];
  let requests = 0;
  for (const { service, bursts, sealed } of processes) {
    let place = 0;
    for (const [path, recorded] of bursts) {
      place++;
      const there = stored.byPath.get(`${service} ${path}`) ?? 0;
      if (there === recorded) requests += recorded;
      else if (there !== 0) violations.push(`${service} ${path}: ${there} are stored of ${recorded}`);
      else if (place <= sealed) violations.push(`${service} ${path}: ${recorded} were sealed, and are not stored`);
    }
  }
  if (violations.length === 0 && requests !== stored.total) {
    violations.push(`${stored.total} are stored, and the bursts that are there have ${requests}`);
  }
  return { violations, requests };
}

function judgeReport({ recorded, acknowledged, dropped, pending, refused }: DiskReport): string[] {
  const isTrue = recorded === acknowledged + dropped + pending && pending === 0 && dropped === 0 && refused === 0;
  const figures = `recorded ${recorded}, acknowledged ${acknowledged}, refused ${refused}, dropped ${dropped}, pending ${pending}`;
  return isTrue ? [] : [`the last process of a queue: ${figures}; nothing is to be refused, dropped or pending`];
}

export const clientKilled: Scenario = {
  name: "client-killed",
  title: "SIGKILL of client processes with their queues on disk, and at times of the server",
  async run(stage): Promise<Tally> {
    const { database, random, releases } = stage;
    const dbUrl = await database.create();
    releases.add(() => database.drop(dbUrl));
    const server = new CountServer({ dbUrl, flags: ["--max-services", "100000"] });
    releases.add(() => server.stop("SIGINT"));
    await server.start();
    const queues = Array.from({ length: DIRECTORIES }, (_, at) => new Succession(stage, server.address, `q${at + 1}`));
    for (const queue of queues) queue.start();
    const rollUps = new RollUps(() => [server.address], random);
    releases.add(() => rollUps.stop());
    const faults = await faultsFor(
      stage,
      async () => {
        if (random.chance(0.15)) {
          await server.stop("SIGKILL");
          // Meanwhile everything stays on disk, and clients are killed with it.
          for (let kills = random.int(0, 3); kills > 0; kills--)
            await queues[random.int(0, DIRECTORIES - 1)]?.restart();
          await server.start();
          return "SIGKILL of the server, and clients meanwhile";
        }
        await queues[random.int(0, DIRECTORIES - 1)]?.restart();
        return "SIGKILL of a client";
      },
      600,
    );
    const reports = await Promise.all(queues.map((queue) => queue.stop()));
    await rollUps.stop();
    const stored = await readStored(dbUrl);
    const { violations, requests } = judgeBursts(
      queues.flatMap(({ processes }) => processes),
      stored,
    );
    const sum = (of: (report: DiskReport) => number): number => reports.reduce((total, one) => total + of(one), 0);
    return {
      // What no process has sealed died with it, and no statistics of a killed process are left.
      recorded: requests,
      acknowledged: requests,
      stored: stored.total,
      refused: sum((one) => one.refused),
      dropped: sum((one) => one.dropped),
      pending: sum((one) => one.pending),
      resent: sum((one) => one.batchesResent),
      failures: sum((one) => one.failures),
      rollUps: rollUps.done,
      faults,
      violations: [...reports.flatMap(judgeReport), ...violations],
    };
  },
};
