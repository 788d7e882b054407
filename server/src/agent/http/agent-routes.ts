import type { Registry } from "prom-client";
import { json } from "../../web/json.ts";
import type { Route } from "../../web/route.ts";

export interface AgentRouteSources {
  /** Why the agent is not ready, in sentences; none when it is. */
  readonly unreadyReasons: () => readonly string[];
  /** What an answer of the agent is worth. */
  readonly queue: string;
  readonly registry: Registry;
}

/** `/healthz`, `/readyz` and `/metrics`, as those of `count serve`; readiness also tells where requests wait. */
export function agentRoutes({ unreadyReasons, queue, registry }: AgentRouteSources): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ["/healthz", () => json(200, { status: "alive" })],
    [
      "/readyz",
      () => {
        const reasons = unreadyReasons();
        return reasons.length === 0
          ? json(200, { status: "ready", queue })
          : json(503, { status: "not ready", reasons, queue });
      },
    ],
    ["/metrics", async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() })],
  ]);
}
