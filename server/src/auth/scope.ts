/**
 * What an identity may do: bring counts, look at them, close days and remove what has expired, or everything, path rules
 * among it.
 */
export const SCOPES = ["record", "read", "rollup", "admin"] as const;

export type Scope = (typeof SCOPES)[number];

const COUNT = "/count.v1.CountService/";

const NEEDED: Readonly<Record<string, Scope>> = Object.freeze({
  [`${COUNT}Add`]: "record",
  [`${COUNT}Record`]: "record",
  [`${COUNT}ListDailyTotals`]: "read",
  [`${COUNT}GetPeriodTotals`]: "read",
  [`${COUNT}QueryTotals`]: "read",
  [`${COUNT}ListPathRules`]: "read",
  [`${COUNT}CountDailyTotals`]: "rollup",
  [`${COUNT}RemoveExpired`]: "rollup",
  [`${COUNT}SetPathRules`]: "admin",
});

/** `nothing`: open to everybody. `identity`: to whoever is known, with whatever scope. */
export type Need = Scope | "nothing" | "identity";

/**
 * What a gRPC method needs, by its path (`/count.v1.CountService/Add`). Health is open, since probes have no token. A call
 * that was added and forgotten here needs `admin`: it is found out at once, and gives nothing away.
 */
export function needOf(path: string): Need {
  if (path.startsWith("/grpc.health.v1.")) return "nothing";
  if (path.startsWith("/grpc.reflection.")) return "identity";
  return NEEDED[path] ?? "admin";
}
