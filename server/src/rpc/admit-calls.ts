import {
  type Metadata,
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import type { Shown } from "../auth/authenticator.ts";
import type { Admission, Admitted } from "./admission.ts";
import { setCaller } from "./caller.ts";
import type { OnLimited } from "./client-limits.ts";
import { toServiceError } from "./status.ts";

/** What grpc-js says of a message that does not decode or decompress. */
const UNREADABLE = /^(?:Error deserializing request|Failed to decompress message)/;

/** The key is never handed on: what a handler logs or passes on of its metadata holds no token. */
const AUTHORIZATION = "authorization";

/**
 * An interceptor that lets calls in, each checked once, when its metadata comes; nothing runs per message. A refused call ends
 * before its handler has heard of it.
 *
 * Calls that go on for hours, as those of `Record` do, end when the rights of their caller change: with UNAVAILABLE, since
 * what they had under way may or may not be stored, and the next call is told what has become of it.
 *
 * As in `observability/grpc-metrics.ts` the call itself is given other methods: a `ServerInterceptingCall` would cost per
 * message. It must come after the metrics, so that they see what is refused here.
 */
export function admitCalls(admission: Admission, onLimited: OnLimited = () => undefined): ServerInterceptor {
  const { authenticator } = admission;
  const open = new Map<ServerInterceptingCallInterface, Admitted>();
  authenticator.watch(() => {
    for (const [call, { identity }] of open) {
      if (!authenticator.isInForce(identity)) call.sendStatus(CHANGED);
    }
  });
  return (definition, call) => {
    const start = call.start.bind(call);
    const sendStatus = call.sendStatus.bind(call);
    // grpc-js looks at messages by itself.
    call.sendStatus = (sent) => {
      if (sent.code === status.RESOURCE_EXHAUSTED && sent.details.startsWith("Received message")) {
        onLimited("message_bytes");
      }
      // It takes what its peer sends for a fault of its own, which would call for a person.
      const isUnreadable = sent.code === status.INTERNAL && UNREADABLE.test(sent.details);
      sendStatus(
        isUnreadable ? { ...sent, code: status.INVALID_ARGUMENT, details: "the message cannot be decoded" } : sent,
      );
    };
    call.start = (listener) => {
      const receive = listener.onReceiveMetadata.bind(listener);
      const onCancel = listener.onCancel.bind(listener);
      let admitted: Admitted | undefined;
      listener.onReceiveMetadata = (metadata) => {
        try {
          admitted = admission.enter(definition.path, shownBy(call, metadata));
        } catch (error) {
          call.sendStatus(toServiceError(error));
          return;
        }
        open.set(call, admitted);
        setCaller(metadata, admitted);
        metadata.remove(AUTHORIZATION);
        receive(metadata);
      };
      listener.onCancel = () => {
        open.delete(call);
        admitted?.entry.leave();
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
    address: () => call.getConnectionInfo().remoteAddress,
  };
}
