import { type ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/**
 * An interceptor that counts and times the calls of every method that the server has.
 *
 * It costs per call and nothing per message: a `ServerInterceptingCall` of grpc-js would run two closures and a state
 * machine for each message of an `Add` stream, so the call itself is given another `sendStatus` and `onCancel` instead.
 * grpc-js runs `sendStatus` for every status, its own too (a message over the limit, a deadline), and `onCancel` once
 * when the call is over, however it ended.
 */
export function grpcMetrics(registry: Registry): ServerInterceptor {
  const labelNames = ["method", "code"] as const;
  const handled = new Counter({
    name: "count_grpc_calls_total",
    help: "gRPC calls that are over, by method and status code.",
    labelNames,
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "count_grpc_call_seconds",
    help: "Duration of gRPC calls, from the headers to the status.",
    labelNames: ["method"],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600],
    registers: [registry],
  });
  const open = new Gauge({
    name: "count_grpc_open_calls",
    help: "gRPC calls that are under way.",
    labelNames: ["method"],
    registers: [registry],
  });
  const seen = new Set<string>();
  return (definition, call) => {
    const method = definition.path.slice(1);
    if (!seen.has(method)) {
      seen.add(method);
      // From the start, so that the first fault of a method is an increase.
      handled.inc({ method, code: "INTERNAL" }, 0);
    }
    const begun = performance.now();
    let code: string | undefined;
    open.inc({ method });
    const sendStatus = call.sendStatus.bind(call);
    const start = call.start.bind(call);
    call.sendStatus = (sent) => {
      code ??= codeLabel(sent.code);
      sendStatus(sent);
    };
    call.start = (listener) => {
      const onCancel = listener.onCancel.bind(listener);
      listener.onCancel = () => {
        handled.inc({ method, code: code ?? "CANCELLED" });
        seconds.observe({ method }, (performance.now() - begun) / 1_000);
        open.dec({ method });
        onCancel();
      };
      start(listener);
    };
    // The types ask for the class with its private members; grpc-js uses the interface, which the call has.
    return call as unknown as ServerInterceptingCall;
  };
}

function codeLabel(code: status | undefined): string {
  return code === undefined ? "OK" : ((status as Record<number, string | undefined>)[code] ?? "UNKNOWN");
}
