import type { IncomingMessage } from "node:http";
import { ProblemError } from "../api/problem.ts";
import type { ApiAnswer } from "../api/route.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import { signInCookie, signOutCookie } from "../auth/cookie.ts";
import type { Identity } from "../auth/identity.ts";
import { CountError } from "../domain/count-error.ts";
import { isSecure, shownBy } from "./shown.ts";

/** A token has some dozens of characters. */
const MAX_BODY_BYTES = 4_096;

export const SESSION_PATH = "/api/v1/session";

/**
 * `/api/v1/session`: who a browser is signed in as, signing in and out. The token goes into a cookie that no script can read;
 * nothing is kept here, so any server of several knows every session, and one ends with its token.
 *
 * @throws ProblemError; CountError `unauthenticated` for a token that is not known
 */
export async function sessionRoute(auth: Authenticator, request: IncomingMessage): Promise<ApiAnswer> {
  const secure = isSecure(request);
  switch (request.method) {
    case "GET":
    case "HEAD":
      request.resume();
      return answer(whoIs(auth, request));
    case "POST": {
      const token = await readToken(request);
      auth.authenticate({ authorization: `Bearer ${token}`, address: shownBy(request).address });
      return {
        status: 204,
        headers: { "Set-Cookie": signInCookie(token, { secure }), "Cache-Control": "no-store" },
        body: "",
      };
    }
    case "DELETE":
      request.resume();
      return {
        status: 204,
        headers: { "Set-Cookie": signOutCookie({ secure }), "Cache-Control": "no-store" },
        body: "",
      };
    default:
      throw new ProblemError({
        status: 405,
        code: "unimplemented",
        detail: `${String(request.method)} is not GET, POST or DELETE`,
        headers: { Allow: "GET, HEAD, POST, DELETE" },
      });
  }
}

function whoIs(auth: Authenticator, request: IncomingMessage): object {
  if (!auth.required) return { authentication: false, signed_in: false };
  const identity = known(auth, request);
  if (identity === undefined) return { authentication: true, signed_in: false };
  const { name, scopes, services } = identity;
  return {
    authentication: true,
    signed_in: true,
    name,
    scopes: [...scopes],
    services: services === undefined ? null : [...services],
  };
}

function known(auth: Authenticator, request: IncomingMessage): Identity | undefined {
  const shown = shownBy(request);
  // Who shows nothing is asked to sign in, and is no caller that was refused.
  if (shown.authorization === undefined && shown.certificate?.() === undefined) return undefined;
  try {
    return auth.authenticate(shown);
  } catch (error) {
    if (error instanceof CountError) return undefined;
    throw error;
  }
}

async function readToken(request: IncomingMessage): Promise<string> {
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
    request.resume();
    throw new ProblemError({
      status: 415,
      code: "invalid_argument",
      detail: "the content type is not application/json",
    });
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new ProblemError({
        status: 413,
        code: "resource_exhausted",
        detail: `the body has more than ${MAX_BODY_BYTES} bytes`,
        headers: { Connection: "close" },
      });
    }
    chunks.push(chunk);
  }
  try {
    const { token } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { token?: unknown };
    if (typeof token === "string" && token !== "") return token;
  } catch {
    // It is no JSON, or null.
  }
  throw new ProblemError({ status: 400, code: "invalid_argument", detail: 'the body is not {"token": "…"}' });
}

function answer(value: object): ApiAnswer {
  return {
    status: 200,
    headers: { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" },
    body: `${JSON.stringify(value)}\n`,
  };
}
