import { CountError } from "../domain/count-error.ts";

const HIDDEN = "***";
const ACCEPTED = "a URL such as postgresql://user:password@host:5432/database";

/** What the original and its migration tool call the same wire protocol. Which server it is, is asked of the server. */
const SCHEMES = new Set([
  "postgresql:",
  "postgres:",
  "pgx:",
  "pgx4:",
  "pgx5:",
  "cockroach:",
  "cockroachdb:",
  "crdb-postgres:",
]);

/** Query parameters that hold a secret, as libpq names them. */
const SECRET_PARAMETERS = ["password", "sslpassword"];

/**
 * The URL of a database as node-postgres understands it: `postgresql://`, whichever of the schemes in use was written.
 *
 * @throws CountError `invalid`; the message never holds the password
 */
export function normalizeDatabaseUrl(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") throw new CountError("invalid", `the database URL is empty; accepted is ${ACCEPTED}`);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    throw new CountError("invalid", `the database URL has no scheme; accepted is ${ACCEPTED}`);
  }
  if (!SCHEMES.has(`${scheme}:`)) {
    const known = [...SCHEMES].map((name) => `${name}//`).join(", ");
    throw new CountError("invalid", `the database URL has the scheme ${scheme}://; accepted are ${known}`);
  }
  const normal = `postgresql${trimmed.slice(scheme.length)}`;
  // The TypeError of URL holds the whole text, so it is not kept as a cause.
  if (!URL.canParse(normal) || !isDecodable(new URL(normal))) {
    throw new CountError(
      "invalid",
      `the database URL ${redactUrl(trimmed)} cannot be read; accepted is ${ACCEPTED} with one host, ` +
        "and characters such as / # ? @ % in user and password percent-encoded",
    );
  }
  return normal;
}

/** A database URL without its secrets, for logs and messages. Of what is no URL, nothing that may be a secret is left. */
export function redactUrl(text: string): string {
  if (!URL.canParse(text)) {
    const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? "";
    return `${scheme}${HIDDEN}`;
  }
  const url = new URL(text);
  if (url.password !== "") url.password = HIDDEN;
  for (const name of SECRET_PARAMETERS) {
    if (url.searchParams.has(name)) url.searchParams.set(name, HIDDEN);
  }
  return url.href;
}

function isDecodable(url: URL): boolean {
  try {
    for (const part of [url.username, url.password, url.pathname, url.hostname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
