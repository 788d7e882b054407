import type { k8s } from "cdk8s-plus-27";
import type { Bundle } from "./bundle.ts";

interface TracingParts {
  /** What the ConfigMap has. */
  readonly settings: Readonly<Record<string, string>>;
  /** What only a pod knows, or a Secret. */
  readonly env: readonly k8s.EnvVar[];
}

/** OpenTelemetry's own variables, by which the server is told where traces go. */
export function serverTracing(bundle: Bundle): TracingParts {
  const { tracing } = bundle.config;
  if (tracing === undefined) return { settings: {}, env: [] };
  const { scheme, host, port, protocol, samplePercent, headersSecret } = tracing;
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  return {
    settings: {
      OTEL_SERVICE_NAME: bundle.name(),
      OTEL_EXPORTER_OTLP_ENDPOINT: `${scheme}://${host}:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: String(samplePercent / 100),
    },
    env: [
      field("POD_NAME", "metadata.name"),
      field("POD_NAMESPACE", "metadata.namespace"),
      {
        name: "OTEL_RESOURCE_ATTRIBUTES",
        value: "k8s.namespace.name=$(POD_NAMESPACE),k8s.pod.name=$(POD_NAME)",
      },
      ...(headersSecret === undefined
        ? []
        : [
            {
              name: "OTEL_EXPORTER_OTLP_HEADERS",
              valueFrom: { secretKeyRef: { name: headersSecret.name, key: headersSecret.key } },
            },
          ]),
    ],
  };
}
