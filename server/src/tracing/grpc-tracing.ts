import { type ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import { type Context, type Span, SpanStatusCode } from "@opentelemetry/api";
import { hideSecrets } from "../observability/logger.ts";
import type { SpanOptions } from "./tracing.ts";

export interface GrpcTracingParts {
  readonly start: (name: string, options: SpanOptions) => { readonly span: Span; readonly context: Context };
  readonly run: (context: Context, work: () => void) => void;
}

/** Codes that say that the server is at fault, by OpenTelemetry's conventions for RPC. */
const FAULTS = new Set([
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.UNIMPLEMENTED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);

/** A span for each unary call, from its headers to its status, which is a part of the trace that the caller names. */
export function grpcTracing({ start, run }: GrpcTracingParts): ServerInterceptor {
  return (definition, call) => {
    // The types ask for the class with its private members; grpc-js uses the interface, which the call has.
    const same = call as unknown as ServerInterceptingCall;
    // Health is asked every few seconds by everybody.
    if (definition.requestStream || definition.responseStream || !definition.path.startsWith("/count.")) return same;
    const [, service = "", method = ""] = definition.path.split("/");
    const sendStatus = call.sendStatus.bind(call);
    const startCall = call.start.bind(call);
    let code: status = status.CANCELLED;
    let details = "";
    call.sendStatus = (sent) => {
      code = sent.code;
      details = sent.details;
      sendStatus(sent);
    };
    call.start = (listener) => {
      let begun: ReturnType<typeof start> | undefined;
      const onReceiveMetadata = listener.onReceiveMetadata.bind(listener);
      const onReceiveHalfClose = listener.onReceiveHalfClose.bind(listener);
      const onCancel = listener.onCancel.bind(listener);
      listener.onReceiveMetadata = (metadata) => {
        begun = start(`${service}/${method}`, {
          kind: "server",
          attributes: { "rpc.system": "grpc", "rpc.service": service, "rpc.method": method },
          headers: { traceparent: text(metadata.get("traceparent")), tracestate: text(metadata.get("tracestate")) },
        });
        onReceiveMetadata(metadata);
      };
      // grpc-js runs the handler from here.
      listener.onReceiveHalfClose = () => {
        if (begun === undefined) onReceiveHalfClose();
        else run(begun.context, onReceiveHalfClose);
      };
      listener.onCancel = () => {
        begun?.span.setAttribute("rpc.grpc.status_code", code);
        if (FAULTS.has(code)) begun?.span.setStatus({ code: SpanStatusCode.ERROR, message: hideSecrets(details) });
        begun?.span.end();
        onCancel();
      };
      startCall(listener);
    };
    return same;
  };
}

function text(values: readonly (string | Buffer)[]): string | undefined {
  return values.length === 0 ? undefined : String(values[0]);
}
