import { type Address, formatAddress, reachableAddress } from "../config/address.ts";
import { redactUrl } from "../db/database-url.ts";
import type { Logger } from "../observability/logger.ts";
import type { EmbeddedServer } from "./parts.ts";

export interface Whereabouts {
  readonly grpc: Address;
  readonly isTls: boolean;
  readonly http: Address;
  /** Undefined: it is off. */
  readonly web: Address | undefined;
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

/** Where a browser on this machine finds the page. */
function pageUrl(web: Address, isTls: boolean): string {
  return `${isTls ? "https" : "http"}://${formatAddress(reachableAddress(web))}/`;
}

/** For people: where everything is, and what to try next. */
export function announcement(where: Whereabouts): string {
  const { grpc, isTls, http, web, health, databaseUrl, embedded } = where;
  const flag = serverFlag(where);
  const httpUrl = `http://${formatAddress(reachableAddress(http))}`;
  const lines = [
    ["gRPC", `${formatAddress(grpc)}${isTls ? " with TLS" : ""}   count.v1, health, reflection`],
    ...(web === undefined ? [] : [["Page", `${pageUrl(web, isTls)}   the page, and the API: /openapi.json`]]),
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
  { grpc, isTls, http, web, health, databaseUrl, embedded }: Whereabouts,
): void {
  const fields = {
    grpc: formatAddress(grpc),
    tls: isTls,
    http: formatAddress(http),
    ...(web === undefined ? {} : { web: formatAddress(web) }),
    ...(health === undefined ? {} : { health: formatAddress(health) }),
    ...(embedded === undefined
      ? { database: redactUrl(databaseUrl) }
      : { dataDir: embedded.dataDir, postgres: embedded.version }),
  };
  logger.info(fields, "Count is ready");
}
