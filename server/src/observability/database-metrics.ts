import { Counter, Gauge, type Registry } from "prom-client";

/** What a database knows of its connections. */
export interface ConnectionFigures {
  /** Open, or being opened. */
  readonly total: number;
  /** Open and unused. */
  readonly idle: number;
  /** Statements that wait for a connection. */
  readonly waiting: number;
}

export interface DatabaseMetrics {
  /** From then on the gauges ask `figures` whenever they are scraped. */
  watch(figures: () => ConnectionFigures): void;
  /** A statement failed and is tried again. */
  retried(statement: string): void;
}

export function databaseMetrics(registry: Registry): DatabaseMetrics {
  const registers = [registry];
  let figures = (): ConnectionFigures => ({ total: 0, idle: 0, waiting: 0 });
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
    name: "count_db_waiting_statements",
    help: "Statements that wait for a connection.",
    registers,
    collect() {
      this.set(figures().waiting);
    },
  });
  const retries = new Counter({
    name: "count_db_retries_total",
    help: "Tries of a statement that failed and were followed by another, by statement.",
    labelNames: ["statement"],
    registers,
  });
  return {
    watch: (ask) => {
      figures = ask;
    },
    retried: (statement) => retries.inc({ statement }),
  };
}
