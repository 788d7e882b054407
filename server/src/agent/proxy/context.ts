import type { ProxyConfig } from "../../config/agent-config.ts";
import type { Logger } from "../../observability/logger.ts";
import type { ProxyObserver } from "../metrics.ts";
import type { PathNamer } from "../routes/path-namer.ts";
import { isGrpc } from "./headers.ts";

/** What the parts of the proxy share. */
export interface ProxyContext {
  readonly config: ProxyConfig;
  readonly name: PathNamer;
  /** Counts a request. Must not throw. */
  readonly record: (method: string, path: string) => void;
  readonly observer: ProxyObserver;
  readonly logger: Logger;
}

/** Counts a request as it arrives, whatever becomes of it. */
export function countRequest(
  { name, record }: Pick<ProxyContext, "name" | "record">,
  method: string,
  target: string,
  contentType: string | undefined,
): void {
  if (isGrpc(contentType)) {
    record("GRPC", target);
    return;
  }
  const path = name(target);
  if (path !== undefined) record(method, path);
}

/** The application did not answer: 504 when that took too long, 502 for all else. */
export function gatewayStatus(error: unknown): 502 | 504 {
  return (error as NodeJS.ErrnoException | undefined)?.code === "ETIMEDOUT" ? 504 : 502;
}

/** @param what was waited for */
export function timeoutError(what: string, ms: number): Error {
  return Object.assign(new Error(`${what} took more than ${ms} ms`), { code: "ETIMEDOUT" });
}

export const REASONS = {
  400: "Bad Request",
  501: "Not Implemented",
  502: "Bad Gateway",
  504: "Gateway Timeout",
} as const;

/** What the client reads. The reason stays in the log: it tells of the inside. */
export function failureText(status: 502 | 504): string {
  return status === 504 ? "The application did not answer in time.\n" : "The application could not be reached.\n";
}
