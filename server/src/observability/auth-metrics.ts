import { Counter, Gauge, type Registry } from "prom-client";

export interface AuthMetrics {
  /** So many tokens and certificates are known from now on. */
  identities(number: number): void;
  /** A caller was refused, and why. */
  refused(reason: string): void;
  /** The file was read again and could not be used. */
  reloadFailed(): void;
}

/** Who is let in, and who is not. @param reasons - all reasons of a refusal */
export function authMetrics(registry: Registry, reasons: readonly string[]): AuthMetrics {
  const registers = [registry];
  const identities = new Gauge({
    name: "count_auth_identities",
    help: "Tokens and certificates that are known; 0 where nobody has to show one.",
    registers,
  });
  const refused = new Counter({
    name: "count_auth_refused_total",
    help: "Calls that were refused because of what the caller showed, by reason.",
    labelNames: ["reason"],
    registers,
  });
  for (const reason of reasons) refused.inc({ reason }, 0);
  const failures = new Counter({
    name: "count_auth_reload_failures_total",
    help: "Readings of the file of tokens that could not be used; the last good ones stay in force.",
    registers,
  });
  return {
    identities: (number) => identities.set(number),
    refused: (reason) => refused.inc({ reason }),
    reloadFailed: () => failures.inc(),
  };
}
