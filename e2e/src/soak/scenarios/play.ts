import type { LoadOptions } from "../clients/messages.ts";
import { endTroubles, slowDown } from "../postgres/troubles.ts";
import { CountServer, type CountServerOptions } from "../processes/count-server.ts";
import { LoadProcess } from "../processes/load-process.ts";
import { RollUps, rollUpYear } from "../processes/roll-ups.ts";
import type { FaultCounts } from "./faults.ts";
import { judge } from "./judge.ts";
import type { Stage, Tally } from "./scenario.ts";
import { readStored } from "./stored.ts";

/** Who takes part in a round. */
export interface Cast {
  readonly servers: number;
  readonly clientProcesses: number;
  readonly load?: Partial<Omit<LoadOptions, "target" | "seed">>;
  readonly server?: Omit<CountServerOptions, "dbUrl">;
  /** Where the clients connect; default: to the servers. */
  readonly target?: (servers: readonly CountServer[]) => Promise<string>;
  /** After the first server is up, so that there are tables. */
  readonly prepare?: (dbUrl: string) => Promise<void>;
  /** What the servers of the round use; default: the round's database. */
  readonly serverUrl?: (dbUrl: string) => string;
  /** Undoes what the faults left; servers are started again in any case. */
  readonly heal?: () => Promise<void> | void;
  /** How long the clients may take to deliver everything after the last fault, in milliseconds. Default 45,000. */
  readonly flushLimitMs?: number;
  /** Default: it may be slowed down a little, at random. */
  readonly slow?: boolean;
}

/** More than the clients' longest backoff and time limits. */
const FLUSH_LIMIT_MS = 45_000;

/** A round: starts everything, lets `faults` break it under load, heals it, and adds up what is left. */
export async function play(
  stage: Stage,
  cast: Cast,
  faults: (servers: readonly [CountServer, ...CountServer[]], dbUrl: string) => Promise<FaultCounts>,
): Promise<Tally> {
  const { database, random, releases, note } = stage;
  const dbUrl = await database.create();
  releases.add(() => database.drop(dbUrl));
  const retryLimit = random.pick(["200", "1000", "10000"]);
  note(`--db-retry-limit-ms ${retryLimit}`);
  const { flags = [], nodeFlags = [] } = cast.server ?? {};
  const serverOptions = {
    dbUrl: cast.serverUrl?.(dbUrl) ?? dbUrl,
    flags: ["--db-retry-limit-ms", retryLimit, "--drain-delay-ms", "0", ...flags],
    nodeFlags,
  };
  const servers: [CountServer, ...CountServer[]] = [new CountServer(serverOptions)];
  while (servers.length < cast.servers) servers.push(new CountServer(serverOptions));
  if (cast.serverUrl !== undefined) await makeTables(dbUrl);
  for (const [at, server] of servers.entries()) {
    releases.add(() => server.stop("SIGINT"));
    await server.start();
    if (at === 0) await cast.prepare?.(dbUrl);
  }
  if (cast.slow !== false && !database.isCockroach && random.chance(0.5)) {
    const maxMs = random.int(5, 60);
    note(`storing takes up to ${maxMs} ms longer`);
    await slowDown(dbUrl, maxMs);
  }
  const target = (await cast.target?.(servers)) ?? `ipv4:${servers.map(({ address }) => address).join(",")}`;
  const clients = await Promise.all(
    Array.from({ length: cast.clientProcesses }, () =>
      LoadProcess.start({ ...defaultLoad(stage), ...cast.load, target, seed: random.int(0, 2 ** 31) }, releases),
    ),
  );
  const rollUps = new RollUps(() => [servers[0].address, ...servers.slice(1).map(({ address }) => address)], random);
  releases.add(() => rollUps.stop());

  const counts = await faults(servers, dbUrl);
  await cast.heal?.();
  if (!database.isCockroach) await endTroubles(dbUrl);
  note("everything is healed");
  const reports = await Promise.all(clients.map((client) => client.stop(cast.flushLimitMs ?? FLUSH_LIMIT_MS)));
  note("the clients are closed");
  await rollUps.stop();

  const stored = await readStored(dbUrl);
  const violations = judge(reports, stored, cast.load?.jumpingClock !== true && nodeFlags.length === 0);
  await rollUpYear(servers[0].address);
  const rolledUp = await readStored(dbUrl);
  if (rolledUp.total !== stored.total) {
    violations.push(`a last roll-up has made ${rolledUp.total} of ${stored.total} stored requests`);
  }
  if (violations.length > 0) for (const server of servers) for (const line of server.lastLines) note(line);
  const sum = (of: (report: (typeof reports)[number]) => number): number => reports.reduce((a, one) => a + of(one), 0);
  return {
    recorded: sum((one) => one.recorded),
    acknowledged: sum((one) => one.acknowledged),
    stored: stored.total,
    refused: sum((one) => one.refused),
    dropped: sum((one) => one.dropped),
    pending: sum((one) => one.pending),
    resent: sum((one) => one.batchesResent),
    failures: sum((one) => one.failures),
    rollUps: rollUps.done,
    faults: counts,
    violations,
  };
}

/** A migration has transactions of several statements, which injected conflicts would fail for ever. */
async function makeTables(dbUrl: string): Promise<void> {
  const server = new CountServer({ dbUrl });
  try {
    await server.start();
  } finally {
    await server.stop("SIGINT");
  }
}

/** Time limits as a host might set them, or a soak that has no time: what is lost must be noticed in seconds. */
export function hurriedDelivery(stage: Stage): LoadOptions["delivery"] {
  const { random } = stage;
  return {
    connectTimeoutMs: random.int(500, 3_000),
    helloTimeoutMs: random.int(300, 3_000),
    ackTimeoutMs: random.int(300, 4_000),
    minBackoffMs: random.int(5, 200),
    maxBackoffMs: random.int(200, 2_000),
    maxInFlight: random.int(1, 8),
  };
}

function defaultLoad(stage: Stage): Omit<LoadOptions, "target" | "seed"> {
  const { random } = stage;
  return {
    counters: random.int(2, 8),
    maxBurst: 200,
    maxPauseMs: 20,
    share: 0.6,
    sealAfterMs: random.int(2, 80),
    delivery: hurriedDelivery(stage),
    jumpingClock: false,
  };
}
