/** Which spans are wanted, and how they travel. */
export interface TracingSettings {
  readonly protocol: "grpc" | "http/protobuf";
  /** Whether traces go on that callers name in `traceparent`. */
  readonly propagates: boolean;
}

export interface TracingAsked {
  /** Undefined: nobody asked for traces. */
  readonly settings: TracingSettings | undefined;
  /** What was set and cannot be used; it is ignored, as the specification says. */
  readonly faults: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the variables that decide whether there are traces. All others (endpoints, headers, certificates, time limits, sampler,
 * batches, resource) are read by the SDK itself.
 *
 * By the specification traces would be on without a word; Count asks for an exporter or an endpoint to be named.
 * See https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function readTracingSettings(env: Environment): TracingAsked {
  const faults: string[] = [];
  const value = (name: string) => env[name]?.trim() || undefined;
  const exporter = value("OTEL_TRACES_EXPORTER");
  const endpoint = value("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") ?? value("OTEL_EXPORTER_OTLP_ENDPOINT");
  if (value("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return { settings: undefined, faults };
  if (exporter === undefined && endpoint === undefined) return { settings: undefined, faults };
  const exporters = exporter?.split(",").map((one) => one.trim()) ?? ["otlp"];
  if (!exporters.includes("otlp")) {
    if (!exporters.includes("none"))
      faults.push(`OTEL_TRACES_EXPORTER is ${exporters.join(",")}; accepted are otlp, none`);
    return { settings: undefined, faults };
  }
  const name = value("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
    ? "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
    : "OTEL_EXPORTER_OTLP_PROTOCOL";
  const protocol = value(name) ?? "http/protobuf";
  if (protocol !== "grpc" && protocol !== "http/protobuf")
    faults.push(`${name} is ${protocol}; accepted are grpc, http/protobuf, and the latter is used`);
  const propagators = (value("OTEL_PROPAGATORS") ?? "tracecontext,baggage").split(",").map((one) => one.trim());
  return {
    settings: {
      protocol: protocol === "grpc" ? "grpc" : "http/protobuf",
      propagates: propagators.includes("tracecontext"),
    },
    faults,
  };
}
