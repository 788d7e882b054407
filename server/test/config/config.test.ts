import { describe, expect, test } from "@jest/globals";
import { migrateConfig, serveConfig } from "../../src/config/config.ts";
import { CountError } from "../../src/domain/count-error.ts";

function refusal(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(CountError);
    expect((error as CountError).code).toBe("invalid");
    return (error as CountError).message.split("\n");
  }
  throw new Error("nothing was refused");
}

describe("serveConfig", () => {
  test("has a default for everything: an embedded database that is migrated, and the loopback interface", () => {
    expect(serveConfig({}, {})).toEqual({
      database: { url: undefined, dataDir: undefined, retryLimitMs: 10_000, poolSize: 8 },
      migrate: true,
      migrateWaitMs: 60_000,
      log: { level: "info", format: "auto" },
      grpc: {
        address: { host: "127.0.0.1", port: 7777 },
        tls: undefined,
        maxMessageBytes: 4_194_304,
        maxConnections: 20_000,
        maxConnectionsPerClient: Number.POSITIVE_INFINITY,
        maxConnectionAgeMs: 600_000,
        maxConnectionAgeGraceMs: 3_600_000,
      },
      healthAddress: undefined,
      httpAddress: { host: "127.0.0.1", port: 7780 },
      webAddress: { host: "127.0.0.1", port: 7779 },
      authFile: undefined,
      insecure: false,
      metricsToday: true,
      calls: {
        maxCalls: 50_000,
        maxCallsPerClient: Number.POSITIVE_INFINITY,
        maxBatchesPerSecond: Number.POSITIVE_INFINITY,
        maxBatchesPerSecondPerClient: Number.POSITIVE_INFINITY,
        maxMessagesPerSecond: Number.POSITIVE_INFINITY,
        maxMessagesPerSecondPerClient: Number.POSITIVE_INFINITY,
      },
      limits: {
        maxPathBytes: 1_024,
        maxPathsPerService: 10_000,
        maxServices: 1_000,
        maxAheadMs: 300_000,
        maxBehindMs: Number.POSITIVE_INFINITY,
      },
      retention: { bucketDays: 35, totalDays: Number.POSITIVE_INFINITY },
      drainDelayMs: 3_000,
      stopLimitMs: 25_000,
    });
  });

  test("is frozen at every depth", () => {
    const config = serveConfig({}, {});
    expect([config, config.grpc, config.grpc.address, config.limits].map((part) => Object.isFrozen(part))).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  test("takes the original's variables", () => {
    const config = serveConfig({}, { DB_URL: "postgres://u:p@db/count", MIGRATION_DRIVER: "cockroachdb" });
    expect(config.database.url).toBe("postgres://u:p@db/count");
    expect(config.migrate).toBe(false);
  });

  test.each(["pgx", "pgx5", "cockroachdb", "crdb-postgres"])("takes a database URL of the scheme %s", (scheme) => {
    const url = `${scheme}://u:p@db:26257/count?sslmode=verify-full`;
    expect(serveConfig({}, { DB_URL: url }).database.url).toBe(url);
    expect(migrateConfig({ dbUrl: url }, {}).database.url).toBe(url);
  });

  test("prefers a flag to its variable, and takes an empty variable for one that is not set", () => {
    const config = serveConfig(
      { grpcAddress: "[::1]:1", migrate: true },
      {
        COUNT_GRPC_ADDRESS: "127.0.0.1:2",
        DB_URL: "postgresql://db/count",
        COUNT_HTTP_ADDRESS: "",
        COUNT_MAX_BEHIND_MS: "60000",
      },
    );
    expect(config.grpc.address).toEqual({ host: "::1", port: 1 });
    expect(config.httpAddress).toEqual({ host: "127.0.0.1", port: 7780 });
    expect(config.migrate).toBe(true);
    expect(config.limits.maxBehindMs).toBe(60_000);
  });

  test("tells all faults at once, each with both names, the value and what is accepted", () => {
    const faults = refusal(() =>
      serveConfig(
        { grpcAddress: "localhost", dbPoolSize: "1" },
        {
          COUNT_MIGRATE: "yes",
          MIGRATION_DRIVER: "mysql",
          COUNT_MAX_AHEAD_MS: "5m",
          COUNT_MAX_CONNECTION_AGE_MS: "-1",
          COUNT_TLS_KEY_FILE: "/tls/key.pem",
          COUNT_DRAIN_DELAY_MS: "30000",
          COUNT_TOTALS_RETENTION_DAYS: "34",
        },
      ),
    );
    expect(faults).toEqual([
      'MIGRATION_DRIVER (--migration-driver) is "mysql": it must be one of pgx, cockroachdb',
      '--grpc-address (COUNT_GRPC_ADDRESS) is "localhost": it must be host:port with a port from 0 to 65535, such as 127.0.0.1:7777, [::1]:7777 or 0.0.0.0:7777',
      'COUNT_MAX_CONNECTION_AGE_MS (--max-connection-age-ms) is "-1": it must be a whole number of milliseconds from 1000 to 86400000, or "unlimited"',
      'COUNT_MIGRATE (--migrate) is "yes": it must be true or false',
      '--db-pool-size (COUNT_DB_POOL_SIZE) is "1": it must be a whole number of connections from 2 to 1000',
      'COUNT_MAX_AHEAD_MS (--max-ahead-ms) is "5m": it must be a whole number of milliseconds from 0 to 31536000000',
      'COUNT_TLS_CERT_FILE (--tls-cert-file) is not set (no TLS), COUNT_TLS_KEY_FILE is "/tls/key.pem": a certificate and its key must be given together',
      'COUNT_DRAIN_DELAY_MS is "30000", COUNT_STOP_LIMIT_MS (--stop-limit-ms) is not set (25000): the delay must be shorter than the limit, or nothing is left for draining',
      'COUNT_TOTALS_RETENTION_DAYS is "34", COUNT_BUCKET_RETENTION_DAYS (--bucket-retention-days) is not set (35): totals must be kept for as long as their 15-minute counts at least',
    ]);
  });

  test("listens beyond the loopback interface with TLS and somebody to ask, or when told that it may do so without", () => {
    const open = { COUNT_GRPC_ADDRESS: "0.0.0.0:7777" };
    const tls = { tlsCertFile: "c.pem", tlsKeyFile: "k.pem" };
    const noTls =
      'COUNT_GRPC_ADDRESS is "0.0.0.0:7777", COUNT_TLS_CERT_FILE (--tls-cert-file) is not set (no TLS), COUNT_INSECURE (--insecure) is not set (false): beyond the loopback interface count.v1 needs TLS, or --insecure (COUNT_INSECURE=true) to serve it in plain text';
    const nobodyAsked =
      'COUNT_GRPC_ADDRESS is "0.0.0.0:7777", COUNT_AUTH_FILE (--auth-file) is not set (nobody has to show a token), COUNT_TLS_CLIENT_CA_FILE (--tls-client-ca-file) is not set (clients need no certificate), COUNT_INSECURE (--insecure) is not set (false): beyond the loopback interface count.v1 needs --auth-file or --tls-client-ca-file, or --insecure (COUNT_INSECURE=true) to serve whoever can connect';
    expect(refusal(() => serveConfig({}, open))).toEqual([noTls, nobodyAsked]);
    expect(refusal(() => serveConfig({ authFile: "auth.yaml" }, open))).toEqual([noTls]);
    expect(refusal(() => serveConfig(tls, open))).toEqual([nobodyAsked]);
    expect(serveConfig({ insecure: true }, open).grpc.tls).toBeUndefined();
    expect(serveConfig({ ...tls, authFile: "auth.yaml" }, open).authFile).toBe("auth.yaml");
    expect(serveConfig({ ...tls, tlsClientCaFile: "ca.pem" }, open).grpc.tls).toEqual({
      certFile: "c.pem",
      keyFile: "k.pem",
      clientCaFile: "ca.pem",
    });
  });

  test("asks the same of the page and the API", () => {
    const faults = refusal(() => serveConfig({ webAddress: ":7779" }, {}));
    expect(faults).toEqual([
      '--web-address is ":7779", COUNT_TLS_CERT_FILE (--tls-cert-file) is not set (no TLS), COUNT_INSECURE (--insecure) is not set (false): beyond the loopback interface the page and the API need TLS, or --insecure (COUNT_INSECURE=true) to serve them in plain text',
      '--web-address is ":7779", COUNT_AUTH_FILE (--auth-file) is not set (nobody has to show a token), COUNT_TLS_CLIENT_CA_FILE (--tls-client-ca-file) is not set (clients need no certificate), COUNT_INSECURE (--insecure) is not set (false): beyond the loopback interface the page and the API need --auth-file or --tls-client-ca-file, or --insecure (COUNT_INSECURE=true) to serve whoever can connect',
    ]);
    expect(serveConfig({ webAddress: "127.0.0.2:1", grpcAddress: "[::1]:2" }, {}).insecure).toBe(false);
  });

  test("refuses a client authority without a certificate, and two listeners on one address", () => {
    expect(refusal(() => serveConfig({ tlsClientCaFile: "ca.pem", httpAddress: "127.0.0.1:7777" }, {}))).toEqual([
      '--tls-client-ca-file is "ca.pem", COUNT_TLS_CERT_FILE (--tls-cert-file) is not set (no TLS), COUNT_TLS_KEY_FILE (--tls-key-file) is not set (no TLS): clients can show certificates only to a server that has one',
      'COUNT_GRPC_ADDRESS (--grpc-address) is not set (127.0.0.1:7777), --http-address is "127.0.0.1:7777": each needs an address of its own',
    ]);
  });

  test("never shows a password, even one in a URL that cannot be read", () => {
    for (const url of ["mysql://root:hunter2@db/x", "host=db password=hunter2", "postgres://u:hunter2@db:port/x"]) {
      const faults = refusal(() => serveConfig({ dbUrl: url }, {}));
      expect(faults).toHaveLength(1);
      expect(faults[0]).not.toContain("hunter2");
      expect(faults[0]).toContain("--db-url (DB_URL) is ");
    }
  });
});

describe("migrateConfig", () => {
  test("reads what migrating needs and nothing else", () => {
    expect(migrateConfig({}, { COUNT_MIGRATE_WAIT_MS: "5", COUNT_GRPC_ADDRESS: "nonsense" })).toEqual({
      database: { url: undefined, dataDir: undefined, retryLimitMs: 10_000 },
      migrateWaitMs: 5,
      log: { level: "info", format: "auto" },
    });
  });
});
