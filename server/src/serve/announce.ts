import { type Address, formatAddress, reachableAddress } from "../config/address.ts";
import { redactUrl } from "../db/database-url.ts";
import type { Logger } from "../observability/logger.ts";
import type { EmbeddedServer } from "./parts.ts";

export interface Whereabouts {
  readonly grpc: Address;
  readonly isTls: boolean;
  readonly http: Address;
  readonly health: Address | undefined;
  /** With or without a password. */
  readonly databaseUrl: string;
  readonly embedded: Pick<EmbeddedServer, "dataDir" | "version"> | undefined;
}

/** The flags with which the other commands reach this server, when they need one. */
function serverFlag({ grpc }: Whereabouts): string {
  const address = formatAddress(reachableAddress(grpc));
  return address === "127.0.0.1:7777" ? "" : ` --server ${address}`;
}

/** For people: where everything is, and what to try next. */
export function announcement(where: Whereabouts): string {
  const { grpc, isTls, http, health, databaseUrl, embedded } = where;
  const flag = serverFlag(where);
  const httpUrl = `http://${formatAddress(reachableAddress(http))}`;
  const lines = [
    ["gRPC", `${formatAddress(grpc)}${isTls ? " with TLS" : ""}   count.v1, health, reflection`],
    ["HTTP", `${httpUrl}   /healthz /readyz /metrics`],
    ...(health === undefined ? [] : [["Health", `${formatAddress(health)}   gRPC health without TLS`]]),
    [
      "Data",
      embedded === undefined ? redactUrl(databaseUrl) : `${embedded.dataDir}   embedded PostgreSQL ${embedded.version}`,
    ],
  ];
  const next = [
    [`count import access.log${flag}`, "counts the requests of an access log"],
    [`count rollup${flag}`, "closes the days that are over"],
    [`count totals${flag}`, "shows what was called, and how often"],
  ];
  const width = Math.max(...next.map(([command]) => (command ?? "").length));
  return [
    "",
    "  Count is ready.",
    "",
    ...lines.map(([name, text]) => `  ${(name ?? "").padEnd(8)}${text}`),
    "",
    "  Try next:",
    ...next.map(([command, meaning]) => `    ${(command ?? "").padEnd(width)}   ${meaning}`),
    "",
    "",
  ].join("\n");
}

/** The same as one record of a log. */
export function logWhereabouts(
  logger: Logger,
  { grpc, isTls, http, health, databaseUrl, embedded }: Whereabouts,
): void {
  const fields = {
    grpc: formatAddress(grpc),
    tls: isTls,
    http: formatAddress(http),
    ...(health === undefined ? {} : { health: formatAddress(health) }),
    ...(embedded === undefined
      ? { database: redactUrl(databaseUrl) }
      : { dataDir: embedded.dataDir, postgres: embedded.version }),
  };
  logger.info(fields, "Count is ready");
}
