import { randomUUID } from "node:crypto";
import {
  type Context,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { setGlobalErrorHandler, W3CTraceContextPropagator } from "@opentelemetry/core";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { CountError } from "../domain/count-error.ts";
import { hideSecrets } from "../observability/logger.ts";
import { grpcTracing } from "./grpc-tracing.ts";
import type { Span, SpanOptions, Tracing } from "./tracing.ts";
import type { TracingSettings } from "./tracing-settings.ts";

export interface OtelOptions {
  readonly service: string;
  readonly version: string;
  readonly onError: (reason: string) => void;
}

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, server: SpanKind.SERVER } as const;

/** Headers of gRPC and of HTTP alike. */
const HEADERS: TextMapGetter<NonNullable<SpanOptions["headers"]>> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, key) => {
    const value = headers[key];
    return typeof value === "string" || value === undefined ? value : [...value];
  },
};

/**
 * Traces by OpenTelemetry's SDK. Nothing of it is registered globally but the handler of its errors: an application's own SDK,
 * or a second server in the process, is left alone.
 */
export async function otelTracing(settings: TracingSettings, options: OtelOptions): Promise<Tracing> {
  setGlobalErrorHandler((error) => options.onError(reasonOf(error)));
  const resource = resourceFromAttributes({
    "service.name": options.service,
    "service.version": options.version,
    "service.instance.id": randomUUID(),
  }).merge(detectResources({ detectors: [envDetector] }));
  // Its queue is bounded (OTEL_BSP_MAX_QUEUE_SIZE, 2,048 spans), and what goes beyond is dropped.
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(await exporterOf(settings.protocol))],
  });
  const tracer = provider.getTracer("count", options.version);
  const active = new AsyncLocalStorageContextManager().enable();
  const propagator = new W3CTraceContextPropagator();
  const contextOf = ({ within, headers }: SpanOptions): Context => {
    if (headers !== undefined && settings.propagates) return propagator.extract(ROOT_CONTEXT, headers, HEADERS);
    return within === "root" ? ROOT_CONTEXT : active.active();
  };

  const start = (name: string, spanOptions: SpanOptions): { span: OtelSpan; context: Context } => {
    const { kind = "internal", attributes = {} } = spanOptions;
    const parent = contextOf(spanOptions);
    const span = tracer.startSpan(name, { kind: KINDS[kind], attributes: { ...attributes } }, parent);
    return { span, context: trace.setSpan(parent, span) };
  };
  let closing: Promise<void> | undefined;
  return {
    async span(name, spanOptions, work) {
      if (spanOptions.within === "child" && trace.getSpan(active.active()) === undefined) return work(NO_SPAN);
      const { span, context } = start(name, spanOptions);
      try {
        return await active.with(context, () => work(wrap(span)));
      } catch (error) {
        failed(span, error);
        throw error;
      } finally {
        span.end();
      }
    },
    from: (headers, work) => active.with(contextOf({ headers, within: "root" }), work),
    grpc: grpcTracing({ start, run: (context, work) => active.with(context, work) }),
    close: (limitMs) => {
      closing ??= within(limitMs, provider.shutdown()).finally(() => active.disable());
      return closing;
    },
  };
}

async function exporterOf(protocol: TracingSettings["protocol"]): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === "grpc"
      ? await import("@opentelemetry/exporter-trace-otlp-grpc")
      : await import("@opentelemetry/exporter-trace-otlp-proto");
  return new OTLPTraceExporter();
}

const NO_SPAN: Span = { set: () => undefined, event: () => undefined };

function wrap(span: OtelSpan): Span {
  return {
    set: (attributes) => void span.setAttributes({ ...attributes }),
    event: (name, attributes) => void span.addEvent(name, { ...attributes }),
  };
}

/** Code and message, without stack and cause: these hold what a log hides. */
function failed(span: OtelSpan, error: unknown): void {
  const { code, message } = CountError.from(error);
  span.setAttribute("error.type", code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: hideSecrets(message) });
}

function reasonOf(error: unknown): string {
  return hideSecrets(error instanceof Error ? error.message : String(error));
}

/** Waits for what never rejects, or for so long. */
async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
