import { describe, expect, test } from "@jest/globals";
import { type DatabaseFailure, explainDatabaseError } from "../../src/db/sqlstate.ts";

function error(code: string | undefined, message: string): object {
  return { code, message };
}

describe("explainDatabaseError", () => {
  test.each<[string, object, DatabaseFailure]>([
    [
      "a serialization failure did not happen",
      error("40001", "restart transaction"),
      { retry: "again", code: "unavailable", message: "restart transaction", dropConnection: false },
    ],
    [
      "a deadlock did not happen",
      error("40P01", "deadlock detected"),
      { retry: "again", code: "unavailable", message: "deadlock detected", dropConnection: false },
    ],
    [
      "a commit whose outcome is unknown may have happened",
      error("40003", "result is ambiguous"),
      {
        retry: "uncertain",
        code: "unavailable",
        message: "the database cannot say whether it committed: result is ambiguous",
        dropConnection: true,
      },
    ],
    [
      "a backend that was terminated may have committed",
      error("57P01", "terminating connection due to administrator command"),
      {
        retry: "uncertain",
        code: "unavailable",
        message: "the connection to the database was lost: terminating connection due to administrator command",
        dropConnection: true,
      },
    ],
    [
      "a server that starts up is worth another try",
      error("57P03", "the database system is starting up"),
      {
        retry: "again",
        code: "unavailable",
        message: "the database is starting or stopping: the database system is starting up",
        dropConnection: true,
      },
    ],
    [
      "too many clients is worth another try",
      error("53300", "sorry, too many clients already"),
      {
        retry: "again",
        code: "unavailable",
        message: "the database has no connection left: sorry, too many clients already",
        dropConnection: true,
      },
    ],
    [
      "a missing table says what to run",
      error("42P01", 'relation "count.pending" does not exist'),
      {
        retry: "no",
        code: "precondition",
        message: 'schema is not migrated: run `count migrate`: relation "count.pending" does not exist',
        dropConnection: false,
      },
    ],
    [
      "a wrong password is not tried again",
      error("28P01", 'password authentication failed for user "count"'),
      {
        retry: "no",
        code: "precondition",
        message: 'the database refuses this user: password authentication failed for user "count"',
        dropConnection: false,
      },
    ],
    [
      "a database that does not exist is not tried again",
      error("3D000", 'database "cuont" does not exist'),
      { retry: "no", code: "precondition", message: 'database "cuont" does not exist', dropConnection: false },
    ],
    [
      "a session of CockroachDB that was cancelled, or whose node is drained, may have committed",
      error("57014", "query execution canceled"),
      {
        retry: "uncertain",
        code: "unavailable",
        message: "the connection to the database was lost: query execution canceled",
        dropConnection: true,
      },
    ],
    [
      "a session of CockroachDB that ends while it reads from its client may have committed",
      error("XXUUU", "read tcp 127.0.0.1:26257->127.0.0.1:36200: i/o timeout"),
      {
        retry: "uncertain",
        code: "unavailable",
        message: "the connection to the database was lost: read tcp 127.0.0.1:26257->127.0.0.1:36200: i/o timeout",
        dropConnection: true,
      },
    ],
    [
      "another error of CockroachDB that has no code is a fault",
      error("XXUUU", "something else"),
      { retry: "no", code: "internal", message: "something else", dropConnection: false },
    ],
    [
      "a statement timeout of CockroachDB is a timeout",
      error("57014", "query execution canceled due to statement timeout"),
      {
        retry: "no",
        code: "timeout",
        message: "query execution canceled due to statement timeout",
        dropConnection: false,
      },
    ],
    [
      "a statement timeout is a timeout",
      error("57014", "canceling statement due to statement timeout"),
      {
        retry: "no",
        code: "timeout",
        message: "canceling statement due to statement timeout",
        dropConnection: false,
      },
    ],
    [
      "a plan that a migration outdated is prepared anew on another connection",
      error("0A000", "cached plan must not change result type"),
      {
        retry: "again",
        code: "unavailable",
        message: "cached plan must not change result type",
        dropConnection: true,
      },
    ],
    [
      "another missing feature is a fault of Count's",
      error("0A000", "not implemented"),
      { retry: "no", code: "internal", message: "not implemented", dropConnection: false },
    ],
    [
      "a broken constraint is a fault of Count's",
      error("23505", "duplicate key value"),
      { retry: "no", code: "internal", message: "duplicate key value", dropConnection: false },
    ],
    [
      "a broken pipe is no SQLSTATE, though as long as one",
      error("EPIPE", "write EPIPE"),
      {
        retry: "uncertain",
        code: "unavailable",
        message: "the connection to the database was lost: write EPIPE",
        dropConnection: true,
      },
    ],
    [
      "a reset may have come after the commit",
      error("ECONNRESET", "read ECONNRESET"),
      {
        retry: "uncertain",
        code: "unavailable",
        message: "the connection to the database was lost: read ECONNRESET",
        dropConnection: true,
      },
    ],
    [
      "a socket that closed may have closed after the commit",
      error(undefined, "Connection terminated unexpectedly"),
      {
        retry: "uncertain",
        code: "unavailable",
        message: "the connection to the database was lost: Connection terminated unexpectedly",
        dropConnection: true,
      },
    ],
    [
      "a refused connection says each address that was tried",
      { code: "ECONNREFUSED", message: "", errors: [error("", "connect ::1:1"), error("", "connect 127.0.0.1:1")] },
      {
        retry: "again",
        code: "unavailable",
        message: "the database cannot be reached: connect ::1:1, connect 127.0.0.1:1",
        dropConnection: true,
      },
    ],
    [
      "a certificate for another host is not tried again",
      error("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname does not match"),
      {
        retry: "no",
        code: "precondition",
        message: "the certificate of the database cannot be trusted: Hostname does not match",
        dropConnection: true,
      },
    ],
    [
      "a missing client certificate is not tried again",
      error("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "certificate required"),
      {
        retry: "no",
        code: "precondition",
        message: "TLS with the database failed: certificate required",
        dropConnection: true,
      },
    ],
    [
      "a connection that could not be had in time is worth another try",
      error(undefined, "timeout expired"),
      {
        retry: "again",
        code: "unavailable",
        message: "the database cannot be reached: timeout expired",
        dropConnection: true,
      },
    ],
    [
      "whatever else is a fault of Count's",
      new TypeError("x is not a function"),
      { retry: "no", code: "internal", message: "x is not a function", dropConnection: true },
    ],
  ])("%s", (_title, thrown, failure) => {
    expect(explainDatabaseError(thrown)).toEqual(failure);
  });

  test.each([undefined, null, 7, "text"])("takes %p, which is no error at all", (thrown) => {
    expect(explainDatabaseError(thrown)).toEqual({
      retry: "no",
      code: "internal",
      message: String(thrown),
      dropConnection: true,
    });
  });
});
