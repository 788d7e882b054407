import type { CountErrorCode } from "../domain/count-error.ts";

/**
 * What a failure says about the statement: `again`, it did not happen and may succeed if it is sent again; `uncertain`, the
 * connection was lost, so that it may have happened if it had been sent; `no`, sending it again would fail again.
 */
export type Retry = "again" | "uncertain" | "no";

export interface DatabaseFailure {
  readonly retry: Retry;
  readonly code: CountErrorCode;
  /** For people. Never holds a password or a value of a statement. */
  readonly message: string;
  /** Whether the connection that it happened on is of no use any more. */
  readonly dropConnection: boolean;
}

interface Row {
  readonly retry: Retry;
  readonly code: CountErrorCode;
  /** Put before what the server or node says. Empty: what they say is enough. */
  readonly hint: string;
  /** Whether the connection must go although the server is still there. */
  readonly drop?: true;
}

const AGAIN: Row = { retry: "again", code: "unavailable", hint: "" };
const AWAY: Row = { retry: "again", code: "unavailable", hint: "the database cannot be reached", drop: true };
const LOST: Row = {
  retry: "uncertain",
  code: "unavailable",
  hint: "the connection to the database was lost",
  drop: true,
};
const FAULT: Row = { retry: "no", code: "internal", hint: "" };
const NOT_MIGRATED: Row = { retry: "no", code: "precondition", hint: "schema is not migrated: run `count migrate`" };
const REFUSED: Row = { retry: "no", code: "precondition", hint: "the database refuses this user" };
const UNTRUSTED: Row = {
  retry: "no",
  code: "precondition",
  hint: "the certificate of the database cannot be trusted",
  drop: true,
};
const POOLER: Row = {
  retry: "no",
  code: "precondition",
  hint: "prepared statements get lost; is there a connection pooler that is not in session mode?",
  drop: true,
};

/** By SQLSTATE: a whole one, or the two characters of its class. The whole one wins. */
const SQLSTATES: Readonly<Record<string, Row>> = {
  // Connection exceptions, as CockroachDB and poolers report them: nobody can say how far the statement came.
  "08": LOST,
  // Could not connect, or was refused: nothing had been sent.
  "08001": AWAY,
  "08004": AWAY,
  // The two sides do not speak the same protocol; the next try would say the same.
  "08P01": FAULT,
  // "cached plan must not change result type": a migration changed a table under a prepared statement, which node-postgres
  // keeps for the life of the connection. A new connection prepares it anew.
  "0A000": FAULT,
  // Connected to a replica that is not (or no longer) the primary. The next connection may find the new one.
  "25006": { ...AGAIN, hint: "the database is read-only", drop: true },
  // The prepared statement is not there, or is there already: the server behind the connection is another one than before.
  "26000": POOLER,
  "42P05": POOLER,
  // No such user, or not from here, or a wrong password.
  "28": REFUSED,
  "3D000": { retry: "no", code: "precondition", hint: "" },
  // Serialization failure and deadlock: rolled back as a whole, and the very reason for trying again.
  "40001": AGAIN,
  "40P01": AGAIN,
  // Other rollbacks of the class: it did not happen.
  "40": AGAIN,
  // Statement completion unknown: CockroachDB's word for a COMMIT whose outcome it could not learn.
  "40003": { ...LOST, hint: "the database cannot say whether it committed" },
  "08007": { ...LOST, hint: "the database cannot say whether it committed" },
  // The role may not do it. Waiting does not help; a grant does.
  "42501": { retry: "no", code: "precondition", hint: "the role of the database URL lacks a right" },
  // No such table, schema, column or function: this build's schema is not there.
  "42P01": NOT_MIGRATED,
  "3F000": NOT_MIGRATED,
  "42703": NOT_MIGRATED,
  "42883": NOT_MIGRATED,
  // Out of disk, of memory or of a configured limit: an operator can end it, and nothing was changed.
  "53": AGAIN,
  // All connections are taken; they come back as others close theirs.
  "53300": { ...AWAY, hint: "the database has no connection left" },
  "55P03": AGAIN,
  // Somebody else uses what must be had alone, such as a template database.
  "55006": AGAIN,
  // statement_timeout, or an operator cancelled it: PostgreSQL rolled it back. It would take as long again.
  "57014": { retry: "no", code: "timeout", hint: "" },
  // Terminated by an operator or by a shutdown, which may have been after the commit and before its answer.
  "57P01": LOST,
  // Another backend crashed; this one was in the middle of something.
  "57P02": LOST,
  // Starting up, shutting down or recovering: comes before anything was sent.
  "57P03": { ...AWAY, hint: "the database is starting or stopping" },
  // The database was dropped.
  "57P04": { retry: "no", code: "precondition", hint: "", drop: true },
  // The session was idle for too long; it ended before the statement came.
  "57P05": LOST,
  // The operating system under the database fails: a disk or a file.
  "58": { ...FAULT, code: "unavailable" },
};

/** By the code of an error of node's sockets, resolver or TLS. */
const NODE_CODES: Readonly<Record<string, Row>> = {
  // Nobody listens there (yet), the name does not resolve (yet), or there is no way to it: nothing had been sent.
  ECONNREFUSED: AWAY,
  ENOTFOUND: AWAY,
  EAI_AGAIN: AWAY,
  EHOSTUNREACH: AWAY,
  ENETUNREACH: AWAY,
  EHOSTDOWN: AWAY,
  ENETDOWN: AWAY,
  // No socket file (yet).
  ENOENT: AWAY,
  // A socket file that this user may not open.
  EACCES: { ...REFUSED, drop: true },
  // The other side closed, or fell silent, at any point.
  ECONNRESET: LOST,
  ECONNABORTED: LOST,
  EPIPE: LOST,
  ETIMEDOUT: LOST,
  // The process or the machine has no file descriptor left.
  EMFILE: AWAY,
  ENFILE: AWAY,
  // TLS: whom the certificate names, who signed it, and when it is valid. Trying again does not change it.
  ERR_TLS_CERT_ALTNAME_INVALID: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_HAS_EXPIRED: UNTRUSTED,
  CERT_NOT_YET_VALID: UNTRUSTED,
  CERT_REVOKED: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  INVALID_CA: UNTRUSTED,
  // The two sides cannot agree on a version or a cipher.
  EPROTO: { ...UNTRUSTED, hint: "TLS with the database failed" },
};

/** OpenSSL's own words, such as ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: the server wants a certificate of the client. */
const OPENSSL_PREFIX = "ERR_SSL_";
const OPENSSL: Row = { ...UNTRUSTED, hint: "TLS with the database failed" };

/** By the message, for what node-postgres throws without a code. */
const MESSAGES: readonly (readonly [pattern: RegExp, row: Row])[] = [
  // The socket closed without an error.
  [/^Connection terminated( unexpectedly)?$/, LOST],
  // It had broken before this statement was sent.
  [/^Client (has encountered a connection error|was closed) and is not queryable$/, AWAY],
  // connectionTimeoutMillis, in the words of the client and of the pool.
  [/^timeout expired$|^timeout exceeded when trying to connect$|due to connection timeout$/, AWAY],
  // sslmode in the URL against what the server offers.
  [/^The server does not support SSL connections$/, { ...UNTRUSTED, hint: "" }],
  // Something that is no PostgreSQL answered, or a proxy whose server is away.
  [/^There was an error establishing an SSL connection$/, AWAY],
  // SCRAM or MD5 without a password, or with one that the server does not prove to know.
  [/^SASL: |password must be a string/, { ...REFUSED, drop: true }],
];

const SQLSTATE = /^[0-9A-Z]{5}$/;
const CACHED_PLAN: Row = { ...AGAIN, drop: true };
/**
 * What CockroachDB (26.1) says when a session is cancelled or its node is drained, so with each rolling restart, before it
 * ends the connection. The first takes the place of whatever the statement came to, which may be a commit. `cancel query`
 * says it too: such a statement is sent again as well, until the limit. The second is its own read of this connection.
 */
const SESSION_ENDED: Readonly<Record<string, RegExp>> = {
  "57014": /^query execution canceled$/,
  XXUUU: /^(?:read|write) tcp /,
};

/** Translates whatever node-postgres throws. What is in no table is a fault of Count's and is not tried again. */
export function explainDatabaseError(error: unknown): DatabaseFailure {
  const code = textOf(error, "code");
  const said = textOf(error, "message");
  const row = rowOf(code, said);
  return {
    retry: row.retry,
    code: row.code,
    message: [row.hint, said === "" ? describeEmpty(error, code) : said].filter((part) => part !== "").join(": "),
    // Without a SQLSTATE it was the connection that failed, or something worse.
    dropConnection: row.drop ?? !SQLSTATE.test(code),
  };
}

function rowOf(code: string, message: string): Row {
  if (code === "0A000" && message.startsWith("cached plan must not change result type")) return CACHED_PLAN;
  if (SESSION_ENDED[code]?.test(message)) return LOST;
  // EPIPE is as long as a SQLSTATE, so node's codes come first.
  const byNode = NODE_CODES[code];
  if (byNode) return byNode;
  if (code.startsWith(OPENSSL_PREFIX)) return OPENSSL;
  if (SQLSTATE.test(code)) return SQLSTATES[code] ?? SQLSTATES[code.slice(0, 2)] ?? FAULT;
  return MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ?? FAULT;
}

/** An AggregateError of node's (a name with two addresses) has no message of its own. */
function describeEmpty(error: unknown, code: string): string {
  const errors: unknown = isObject(error) ? error["errors"] : undefined;
  const inner = Array.isArray(errors) ? errors.map((one) => textOf(one, "message")).filter((text) => text !== "") : [];
  return inner.length > 0 ? inner.join(", ") : code === "" ? String(error) : code;
}

function textOf(error: unknown, key: string): string {
  const value = isObject(error) ? error[key] : undefined;
  return typeof value === "string" ? value : "";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
