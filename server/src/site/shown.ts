import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { Shown } from "../auth/authenticator.ts";
import { authorizationOfCookie } from "../auth/cookie.ts";

/** Whether a request came over TLS. */
export function isSecure({ socket }: Pick<IncomingMessage, "socket">): boolean {
  return socket instanceof TLSSocket;
}

/** What a request shows of who makes it: its header, else the cookie of a browser that has signed in, else its certificate. */
export function shownBy(request: Pick<IncomingMessage, "headers" | "socket">): Shown {
  const { headers, socket } = request;
  return {
    authorization: headers.authorization ?? authorizationOfCookie(headers.cookie, { secure: isSecure(request) }),
    certificate: () => (socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate() : undefined),
    address: () => socket.remoteAddress,
  };
}
