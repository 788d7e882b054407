import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What a database knows of its connections. */
export interface ConnectionFigures {
  /** Open, or being opened. */
  readonly total: number;
  /** Open and unused. */
  readonly idle: number;
  /** Statements that wait for a connection. */
  readonly waiting: number;
  /** Connections that statements may take, at most. */
  readonly capacity: number;
}

export interface DatabaseMetrics {
  /** From then on the gauges ask `figures` whenever they are scraped. */
  watch(figures: () => ConnectionFigures): void;
  /** A statement failed and is tried again. */
  retried(statement: string): void;
  /** A statement is over, all its tries together. `code` says how it failed. */
  ran(statement: string, seconds: number, code?: string): void;
  /** What the last ping found. */
  answers(isUp: boolean): void;
  /** The database's clock minus this machine's, in seconds. Undefined: unknown. */
  clockOffset(seconds: number | undefined): void;
  /** How many migrations the schema lacks. */
  missingMigrations(count: number): void;
}

export function databaseMetrics(registry: Registry): DatabaseMetrics {
  const registers = [registry];
  const up = new Gauge({ name: "count_db_up", help: "1 while the database answers.", registers });
  const missing = new Gauge({
    name: "count_db_missing_migrations",
    help: "Migrations that the schema lacks; above 0 the server waits for `count migrate`.",
    registers,
  });
  const offset = new Gauge({
    name: "count_db_clock_offset_seconds",
    help: "Clock of the database minus clock of this server; no sample while it is unknown.",
    registers,
  });
  offset.remove();
  const seconds = new Histogram({
    name: "count_db_statement_seconds",
    help: "Time of a statement, from the wait for a connection to its end, tries included.",
    labelNames: ["statement"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    registers,
  });
  const failures = new Counter({
    name: "count_db_statement_failures_total",
    help: "Statements that failed for good, by what the caller was told.",
    labelNames: ["statement", "code"],
    registers,
  });
  const retries = new Counter({
    name: "count_db_retries_total",
    help: "Tries of a statement that failed and were followed by another, by statement.",
    labelNames: ["statement"],
    registers,
  });
  const watch = connections(registers);
  return {
    watch,
    retried: (name) => retries.inc({ statement: label(name) }),
    ran: (name, took, code) => {
      const statement = label(name);
      seconds.observe({ statement }, took);
      if (code !== undefined) failures.inc({ statement, code });
    },
    answers: (isUp) => up.set(isUp ? 1 : 0),
    clockOffset: (value) => {
      if (value === undefined) offset.remove();
      else offset.set(value);
    },
    missingMigrations: (count) => missing.set(count),
  };
}

/** A flush has a statement for each number of days: `commit-flush-1` and its siblings are one. */
function label(statement: string): string {
  return statement.replace(/-\d+$/, "");
}

function connections(registers: Registry[]): DatabaseMetrics["watch"] {
  let figures = (): ConnectionFigures => ({ total: 0, idle: 0, waiting: 0, capacity: 0 });
  new Gauge({
    name: "count_db_connections",
    help: "Connections to the database, by what they do.",
    labelNames: ["state"],
    registers,
    collect() {
      const { total, idle } = figures();
      this.set({ state: "idle" }, idle);
      this.set({ state: "busy" }, total - idle);
    },
  });
  new Gauge({
    name: "count_db_connections_max",
    help: "Connections that statements may take at once.",
    registers,
    collect() {
      this.set(figures().capacity);
    },
  });
  new Gauge({
    name: "count_db_waiting_statements",
    help: "Statements that wait for a connection.",
    registers,
    collect() {
      this.set(figures().waiting);
    },
  });
  return (ask) => {
    figures = ask;
  };
}
