import { isLoopback } from "../config/address.ts";
import type { ConnectionSecurity } from "../db/inspect-connection.ts";
import { judgeValidity } from "./certificate.ts";
import { type Finding, ok, warning, wrong } from "./finding.ts";

const LEAST_POSTGRES = 15;
const LEAST_COCKROACH = 24;

/** What `select version()` said, against what is tested. */
export function checkVersion(dialect: "postgres" | "cockroachdb", version: string): Finding {
  const [name, pattern, least] =
    dialect === "postgres"
      ? (["PostgreSQL", /^PostgreSQL (\d+)[\w.]*/, LEAST_POSTGRES] as const)
      : (["CockroachDB", /v(\d+)\.[\w.-]*/, LEAST_COCKROACH] as const);
  const match = pattern.exec(version);
  const short = match === null ? version : `${name} ${match[0].replace(/^PostgreSQL |^v/, "")}`;
  if (Number(match?.[1] ?? 0) >= least) return ok("database.version", short);
  return wrong(
    "database.version",
    `${short}; needed is ${name} ${least} or newer`,
    `Upgrade it to ${name} ${least} or newer.`,
  );
}

/** Whether others can read along between here and the database. */
export function checkTls(host: string, security: ConnectionSecurity, nowMs: number): Finding {
  const id = "database.tls";
  const { protocol, verified, validTo } = security;
  if (protocol === undefined) {
    // An empty host, or a folder, is a Unix socket.
    if (host === "" || host.startsWith("/") || host.startsWith("%2F") || isLoopback({ host: bare(host), port: 0 })) {
      return ok(id, "no TLS, on this machine only");
    }
    return warning(
      id,
      `no TLS to ${host}: the password's proof and every path pass the network in plain text`,
      "Add sslmode=verify-full to DB_URL, and sslrootcert=FILE where its authority is your own.",
    );
  }
  if (!verified) {
    return warning(
      id,
      `${protocol}, but whoever is in between can pose as the database: its certificate is not verified`,
      "Use sslmode=verify-full in DB_URL, and sslrootcert=FILE where its authority is your own.",
    );
  }
  if (validTo === undefined) return ok(id, `${protocol}, verified`);
  return judgeValidity(
    id,
    `${protocol}, verified; the database's certificate`,
    { validFrom: new Date(0), validTo },
    nowMs,
  );
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
