import type pg from "pg";
import { LoadClient } from "../load/load-client.ts";
import { RecordClients } from "../load/record-clients.ts";
import type { Options } from "../options.ts";
import { type BenchPostgres, connect, startBenchPostgres } from "../postgres/bench-postgres.ts";
import { startCountServer } from "../process/count-server.ts";
import { startPeer } from "../process/peer.ts";
import type { Releases } from "../run/releases.ts";
import { startBare } from "./bare-target.ts";
import { makeBaselineTables, startBaseline } from "./baseline-target.ts";
import { countTarget } from "./count-target.ts";
import { peerTarget } from "./peer-target.ts";
import type { Target } from "./target.ts";

const RECORD_PROCESSES = 2;

/** What all measures share. */
export interface Workbench {
  readonly options: Options;
  /** For what a measure starts by itself. */
  readonly releases: Releases;
  readonly postgres: BenchPostgres;
  readonly client: LoadClient;
  /** Two processes: a host is one thread, and the machine has more. */
  readonly recordClients: RecordClients;
  readonly count: Target;
  /** On Count's database. */
  readonly countSql: pg.Client;
  readonly baseline: Target;
  /** On the baseline's database. */
  readonly baselineSql: pg.Client;
  readonly bare: Target;
  /** When BENCH_PEER names one. */
  readonly peer: Target | undefined;
}

/** Starts everything. An idle server costs the others nothing that these measures can tell. */
export async function openWorkbench(options: Options, releases: Releases, signal: AbortSignal): Promise<Workbench> {
  const postgres = await startBenchPostgres(releases, signal);
  const [countUrl, baselineUrl] = [
    await postgres.createDatabase("count_bench"),
    await postgres.createDatabase("baseline"),
  ];
  const countSql = await connect(countUrl, releases);
  const baselineSql = await connect(baselineUrl, releases);
  await makeBaselineTables(baselineSql);
  return {
    options,
    releases,
    postgres,
    client: new LoadClient(releases),
    recordClients: new RecordClients(RECORD_PROCESSES, releases, options.profile),
    count: countTarget(await startCountServer(countUrl, releases, options.profile), countSql),
    countSql,
    baseline: await startBaseline(baselineUrl, baselineSql, releases),
    baselineSql,
    bare: await startBare(releases),
    peer: await openPeer(postgres, releases),
  };
}

async function openPeer(postgres: BenchPostgres, releases: Releases): Promise<Target | undefined> {
  const binary = process.env["BENCH_PEER"];
  if (binary === undefined || binary === "") return undefined;
  return peerTarget(await startPeer(binary, await postgres.createDatabase("peer"), releases), releases);
}
