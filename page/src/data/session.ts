/** Who looks at the page, as the server knows it. */
export interface Session {
  /** Whether this server asks who one is. */
  readonly authentication: boolean;
  readonly signed_in: boolean;
  /** Name of the identity. */
  readonly name?: string;
  readonly scopes?: readonly string[];
}

export class SessionError extends Error {}

const URL = "/api/v1/session";
/** Another site's page cannot send it; the server insists. */
const HEADERS = { "Count-Request": "page" };

export async function readSession(): Promise<Session> {
  const response = await fetch(URL, { cache: "no-store" });
  if (!response.ok) throw new SessionError(`The server answered with ${response.status}.`);
  return (await response.json()) as Session;
}

/** @throws SessionError when the token is not taken */
export async function signIn(token: string): Promise<void> {
  const response = await fetch(URL, {
    method: "POST",
    headers: { ...HEADERS, "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (response.ok) return;
  const { detail } = (await response.json().catch(() => ({}))) as { detail?: string };
  throw new SessionError(detail ?? `The server answered with ${response.status}.`);
}

export async function signOut(): Promise<void> {
  await fetch(URL, { method: "DELETE", headers: HEADERS });
}
