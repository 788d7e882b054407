import type { ServerInterceptingCall, ServerInterceptor } from "@grpc/grpc-js";
import { Rate } from "../domain/rate.ts";

/** The other side of a connection. */
export interface Peer {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** Calls of one connection that may be given up without an answer, in a second. A client whose deadlines pass has a few. */
const MAX_PER_SECOND = 200;
/** Connections that are remembered before those are forgotten that have been good for a second. */
const SWEEP_AT = 1_000;

/**
 * Cuts off connections that open calls only to reset them (CVE-2023-44487), of which none is ever one too many at a time. The HTTP/2
 * library says good-bye to such a connection after a thousand, and then keeps it, with hundreds of calls, until keepalive finds it.
 *
 * @param cut closes a connection. @param now in milliseconds, of a clock that never goes back
 */
export function rapidResets(cut: (peer: Peer) => void, now: () => number = () => performance.now()): ServerInterceptor {
  const rates = new Map<string, Rate>();
  const gaveUp = (peer: Peer): void => {
    const name = `${peer.remoteAddress} ${peer.remotePort}`;
    const at = now();
    let rate = rates.get(name);
    if (rate === undefined) {
      if (rates.size >= SWEEP_AT) {
        for (const [other, known] of rates) if (known.isIdle(at)) rates.delete(other);
      }
      rate = new Rate(MAX_PER_SECOND);
      rates.set(name, rate);
    }
    if (rate.waitMs(at) === 0) rate.take(at);
    else cut(peer);
  };
  return (_definition, call) => {
    let isAnswered = false;
    const sendStatus = call.sendStatus.bind(call);
    const start = call.start.bind(call);
    call.sendStatus = (sent) => {
      isAnswered = true;
      sendStatus(sent);
    };
    call.start = (listener) => {
      const onCancel = listener.onCancel.bind(listener);
      listener.onCancel = () => {
        onCancel();
        if (!isAnswered) gaveUp(call.getConnectionInfo());
      };
      start(listener);
    };
    // As in `observability/grpc-metrics.ts`: it costs per call, and nothing per message.
    return call as unknown as ServerInterceptingCall;
  };
}
