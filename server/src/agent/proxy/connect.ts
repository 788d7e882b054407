import { connect, type Socket } from "node:net";
import { timeoutError } from "./context.ts";

export interface UpstreamAddress {
  readonly host: string;
  readonly port: number;
}

export function upstreamAddress(upstream: string): UpstreamAddress {
  const { hostname, port } = new URL(upstream);
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? 80 : Number(port) };
}

/**
 * Connects to the application; the socket fails with ETIMEDOUT after `timeoutMs`.
 *
 * @param allowHalfOpen whether this side may go on sending when the other has ended
 */
export function connectUpstream({ host, port }: UpstreamAddress, timeoutMs: number, allowHalfOpen = false): Socket {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen });
  const timer = setTimeout(() => socket.destroy(timeoutError("connecting to the application", timeoutMs)), timeoutMs);
  const over = (): void => clearTimeout(timer);
  socket.once("connect", over);
  socket.once("close", over);
  return socket;
}
