import type { Registry } from "prom-client";
import { json } from "./json.ts";
import type { Route } from "./route.ts";

export interface RouteSources {
  /** Why the server is not ready, in sentences; none when it is. */
  readonly unreadyReasons: () => readonly string[];
  readonly registry: Pick<Registry, "metrics"> & { readonly contentType: string };
}

/** `/healthz`, `/readyz` and `/metrics`. */
export function routes({ unreadyReasons, registry }: RouteSources): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    // Alive is who answers: a database that is away is no reason to be killed and started again.
    ["/healthz", () => json(200, { status: "alive" })],
    [
      "/readyz",
      () => {
        const reasons = unreadyReasons();
        return reasons.length === 0 ? json(200, { status: "ready" }) : json(503, { status: "not ready", reasons });
      },
    ],
    ["/metrics", async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() })],
  ]);
}
