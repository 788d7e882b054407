import { rarely } from "./rarely.ts";
import type { Tracing } from "./tracing.ts";
import { readTracingSettings } from "./tracing-settings.ts";

export interface OpenTracingOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `service.name`, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES says otherwise. */
  readonly service: string;
  readonly version: string;
  readonly logger: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
  /** Told of each export that failed. Must not throw. */
  readonly onExportFailure: () => void;
}

/** A collector that is away is away for a while. */
const LOG_EVERY_MS = 300_000;

/**
 * Traces as the environment asks for them. The SDK is loaded only then: with its HTTP exporter it takes 12 MB of memory.
 *
 * @returns undefined when nobody asked
 */
export async function openTracing(options: OpenTracingOptions): Promise<Tracing | undefined> {
  const { env, service, version, logger, onExportFailure } = options;
  const { settings, faults } = readTracingSettings(env);
  for (const fault of faults) logger.warn({ reason: fault }, "a setting of OpenTelemetry is ignored");
  if (settings === undefined) return undefined;
  const { otelTracing } = await import("./otel-tracing.ts");
  const warn = rarely(LOG_EVERY_MS, (reason: string, times: number) =>
    logger.warn({ reason, times }, "traces cannot be exported; Count goes on without them"),
  );
  logger.info({ protocol: settings.protocol }, "traces are exported");
  return otelTracing(settings, {
    service,
    version,
    onError: (reason) => {
      onExportFailure();
      warn(reason);
    },
  });
}
