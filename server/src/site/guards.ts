import type { IncomingMessage } from "node:http";
import type { Problem } from "../api/problem.ts";
import { authorizationOfCookie } from "../auth/cookie.ts";
import { isLocalHost } from "./hosts.ts";
import { isSecure } from "./shown.ts";

/** What the page sends with what changes something. A form cannot, and for another site's script a browser would ask us first. */
const OWN_HEADER = "count-request";
const OWN_VALUE = "page";

export interface GuardOptions {
  /** Only requests that name this machine as their host. */
  readonly localHostsOnly: boolean;
  /** A path that hands out or takes away cookies. */
  readonly sessionPath: string;
}

/** Why a request is refused that another site's page may have made a browser send; undefined for all others. */
export function refusalOf(request: IncomingMessage, path: string, options: GuardOptions): Problem | undefined {
  const { host } = request.headers;
  if (options.localHostsOnly && !isLocalHost(host)) {
    return {
      status: 421,
      code: "failed_precondition",
      detail: `the host ${JSON.stringify(host)} is not this machine: a Count without authentication answers to localhost, 127.0.0.1 and [::1] only`,
    };
  }
  if (request.method === "GET" || request.method === "HEAD" || request.headers[OWN_HEADER] === OWN_VALUE)
    return undefined;
  if (path !== options.sessionPath && !isByCookie(request)) return undefined;
  return {
    status: 403,
    code: "permission_denied",
    detail: 'what changes something needs the header "Count-Request: page" when it comes with the cookie of a browser',
  };
}

/** Whether a cookie says who makes a request: a browser sends it along without being asked. */
function isByCookie(request: IncomingMessage): boolean {
  const { authorization, cookie } = request.headers;
  return authorization === undefined && authorizationOfCookie(cookie, { secure: isSecure(request) }) !== undefined;
}
