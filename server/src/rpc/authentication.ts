import {
  type Metadata,
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import type { Authenticator, Shown } from "../auth/authenticator.ts";
import type { Identity } from "../auth/identity.ts";
import { setCaller } from "./caller.ts";
import { toServiceError } from "./status.ts";

/** The key is never handed on: what a handler logs or passes on of its metadata holds no token. */
const AUTHORIZATION = "authorization";

/**
 * An interceptor that lets calls of known callers through, each checked once, when its metadata comes; nothing runs per
 * message. A refused call ends before its handler has heard of it.
 *
 * Calls that go on for hours, as those of `Record` do, end when the rights of their caller change: with UNAVAILABLE, since
 * what they had under way may or may not be stored, and the next call is told what has become of it.
 *
 * As in `observability/grpc-metrics.ts` the call itself is given other methods: a `ServerInterceptingCall` would cost per
 * message. It must come after the metrics, so that they see what is refused here.
 */
export function authentication(authenticator: Authenticator): ServerInterceptor {
  const open = new Map<ServerInterceptingCallInterface, Identity>();
  authenticator.watch(() => {
    for (const [call, identity] of open) {
      if (!authenticator.isInForce(identity)) call.sendStatus(CHANGED);
    }
  });
  return (definition, call) => {
    const start = call.start.bind(call);
    call.start = (listener) => {
      const receive = listener.onReceiveMetadata.bind(listener);
      const onCancel = listener.onCancel.bind(listener);
      listener.onReceiveMetadata = (metadata) => {
        try {
          const identity = authenticator.admit(definition.path, shownBy(call, metadata));
          open.set(call, identity);
          setCaller(metadata, identity);
        } catch (error) {
          call.sendStatus(toServiceError(error));
          return;
        }
        metadata.remove(AUTHORIZATION);
        receive(metadata);
      };
      listener.onCancel = () => {
        open.delete(call);
        onCancel();
      };
      start(listener);
    };
    // The types ask for the class with its private members; grpc-js uses the interface, which the call has.
    return call as unknown as ServerInterceptingCall;
  };
}

const CHANGED = Object.freeze({
  code: status.UNAVAILABLE,
  details: "the rights of this caller have changed: call again",
  metadata: null,
});

function shownBy(call: ServerInterceptingCallInterface, metadata: Metadata): Shown {
  const [authorization] = metadata.get(AUTHORIZATION);
  return {
    authorization: authorization?.toString(),
    certificate: () => call.getAuthContext().sslPeerCertificate,
    peer: () => call.getPeer(),
  };
}
