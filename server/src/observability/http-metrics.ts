import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** A request that has begun; called with its status when it is over, 499 when its client went away before. */
export type HttpRequestOver = (status: number) => void;

/** Counts and times the requests of the page and the API. @returns to be called when one begins, with the name of its route */
export function httpMetrics(registry: Registry): (route: string) => HttpRequestOver {
  const handled = new Counter({
    name: "count_http_requests_total",
    help: "Requests to the page and the HTTP API that are over, by route and status; 499 where the client went away.",
    labelNames: ["route", "status"],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "count_http_request_seconds",
    help: "Duration of requests to the page and the HTTP API, by route.",
    labelNames: ["route"],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60],
    registers: [registry],
  });
  const open = new Gauge({
    name: "count_http_open_requests",
    help: "Requests to the page and the HTTP API that are under way.",
    registers: [registry],
  });
  return (route) => {
    const begun = performance.now();
    open.inc();
    return (status) => {
      open.dec();
      handled.inc({ route, status: String(status) });
      seconds.observe({ route }, (performance.now() - begun) / 1_000);
    };
  };
}
