/**
 * The cookie in which a browser keeps a token: no script can read it, no other site's page can send it, and with TLS it is
 * sent over nothing else.
 */

/** Under TLS a browser takes `__Host-` only from the host itself, for all of it, so that no neighbour can plant one. */
const SECURE_NAME = "__Host-count-token";
const PLAIN_NAME = "count-token";
/** Who signs out, or whose token is withdrawn, is out at once. */
const MAX_AGE_SECONDS = 30 * 86_400;

export interface CookieOptions {
  /** Whether the connection has TLS. */
  readonly secure: boolean;
}

/** The value of `Set-Cookie` that signs a browser in. */
export function signInCookie(token: string, { secure }: CookieOptions): string {
  return setCookie(encodeURIComponent(token), MAX_AGE_SECONDS, secure);
}

/** The value of `Set-Cookie` that signs it out. */
export function signOutCookie({ secure }: CookieOptions): string {
  return setCookie("", 0, secure);
}

/** What the cookie of a request stands for, as `authorization` has it: `Bearer <token>`; undefined without one. */
export function authorizationOfCookie(cookie: string | undefined, { secure }: CookieOptions): string | undefined {
  const name = secure ? SECURE_NAME : PLAIN_NAME;
  for (const part of cookie?.split(";") ?? []) {
    const [key, value = ""] = part.split("=", 2).map((text) => text.trim());
    if (key !== name || value === "") continue;
    try {
      return `Bearer ${decodeURIComponent(value)}`;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function setCookie(value: string, maxAge: number, secure: boolean): string {
  const name = secure ? SECURE_NAME : PLAIN_NAME;
  return `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
}
