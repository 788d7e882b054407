import type { ServerInterceptor } from "@grpc/grpc-js";

/** What a span may be told. No values of a request: names and numbers. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface Span {
  /** Adds attributes that are known only later. */
  set(attributes: Attributes): void;
  /** Something happened at this moment. */
  event(name: string, attributes?: Attributes): void;
}

export interface SpanOptions {
  readonly attributes?: Attributes;
  /**
   * `root` begins a trace of its own; `child` is part of the span around it, and is left out where there is none; the default
   * is one or the other.
   */
  readonly within?: "root" | "child";
  readonly kind?: "internal" | "client" | "server";
  /** Headers of a request, lowercase: the trace goes on that they name. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/**
 * Traces, where the standard environment variables of OpenTelemetry ask for them. The rest of the program knows this interface
 * only, and `undefined` where nobody asked: then nothing is loaded, and nothing runs.
 */
export interface Tracing {
  /** Runs `work` in a span. What it throws is recorded, without its cause, and thrown again. */
  span<Result>(name: string, options: SpanOptions, work: (span: Span) => Promise<Result>): Promise<Result>;
  /** Runs `work` so that spans within go on the trace that the headers of a request name. */
  from(headers: NonNullable<SpanOptions["headers"]>, work: () => void): void;
  /** Spans for unary gRPC calls. Streams have none: they live for hours. */
  readonly grpc: ServerInterceptor;
  /** Sends what there is, for at most so many milliseconds. Idempotent; never rejects. */
  close(limitMs: number): Promise<void>;
}
