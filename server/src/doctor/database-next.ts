import { CountError } from "../domain/count-error.ts";

/** By SQLSTATE, or node's code of a socket, resolver or TLS error: what to do about a database that cannot be used. */
const NEXT: Readonly<Record<string, string>> = {
  "28P01": "Correct user and password in DB_URL, or set the role's password: alter role … password '…'.",
  "28000": "Correct the user in DB_URL, or let it in: pg_hba.conf of the database says who may connect from where.",
  "3D000": "Create the database, or correct its name at the end of DB_URL.",
  "42501": 'Grant the role what it lacks: docs/running.md, "Your own database".',
  "53100": 'The database\'s disk is full: see "The disk is full" in docs/operations.md.',
  "53300": "End connections, raise max_connections, or lower --db-pool-size; each server takes one more than that.",
  "57P03": "The database is starting or stopping: look at its log, and try again in a minute.",
  ECONNREFUSED: "Start the database, or correct host and port in DB_URL.",
  ENOTFOUND: "Correct the host name in DB_URL, or its DNS.",
  EAI_AGAIN: "The resolver does not answer: check this machine's DNS.",
};

const CERTIFICATE =
  "Name the authority: &sslmode=verify-full&sslrootcert=FILE in DB_URL; the host must be one that the certificate names.";
const OTHERWISE =
  "Look at the database's log and at the network between; try the same URL with psql from this machine.";

/** The next step after what a database, or the way to it, said. */
export function databaseNext(error: unknown): string {
  const cause: unknown = error instanceof CountError ? (error.cause ?? error) : error;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  const known = typeof code === "string" ? NEXT[code] : undefined;
  if (known !== undefined) return known;
  return /certificate|self.signed|TLS|SSL/i.test(CountError.from(error).message) ? CERTIFICATE : OTHERWISE;
}
