import { EventEmitter, once } from "node:events";
import type { Config } from "../../src/config/config.ts";
import { serveConfig } from "../../src/config/config.ts";
import type { Flags } from "../../src/config/read-settings.ts";
import type { GrpcServer } from "../../src/rpc/grpc-server.ts";
import type { ServeDatabase, ServeParts } from "../../src/serve/parts.ts";
import { type ServeProcess, serve } from "../../src/serve/serve.ts";
import { type FakeService, fakeService } from "../rpc/grpc-server-support.ts";

/** A process whose signals a test sends, and whose exits it sees. */
export class FakeProcess extends EventEmitter implements ServeProcess {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
    this.emit("exited");
  }
}

/** The log as records, which can be awaited. */
export class LogRecords extends EventEmitter {
  readonly isTTY = false;
  readonly records: Record<string, unknown>[] = [];

  write(line: string): void {
    this.records.push(JSON.parse(line) as Record<string, unknown>);
    this.emit("record");
  }

  /** The first record of that kind, as soon as it is there. */
  async until(is: (record: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.records.find(is);
      if (found !== undefined) return found;
      await once(this, "record");
    }
  }

  says(message: string): Promise<Record<string, unknown>> {
    return this.until(({ msg }) => msg === message);
  }
}

export interface FakeParts extends ServeParts {
  /** What was started and released, in order. */
  readonly order: string[];
  readonly service: FakeService;
  /** Ends the embedded PostgreSQL. */
  kill(): void;
  /** Whether pings are answered. */
  answers: boolean;
}

export function fakeParts(overrides: Partial<ServeParts> = {}): FakeParts {
  const order: string[] = [];
  const service = fakeService();
  let kill: () => void = () => undefined;
  const parts: FakeParts = {
    order,
    service,
    kill: () => kill(),
    answers: true,
    async startEmbedded() {
      order.push("embedded starts");
      const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
        kill = () => resolve({ code: null, signal: "SIGKILL" });
      });
      const close = async () => void order.push("embedded stops");
      return { url: "postgres://count:hunter2@127.0.0.1:1/count", dataDir: "/data", version: "18.4", exited, close };
    },
    async connect(url) {
      order.push(`connects to ${new URL(url).host}`);
      const database: ServeDatabase = {
        stats: { total: 1, idle: 1, waiting: 0, capacity: 0 },
        run: async () => [],
        ping: async () => {
          if (!parts.answers) throw new Error("nobody there");
        },
        close: async () => void order.push("database closes"),
      };
      return database;
    },
    migrate: async () => void order.push("migrates"),
    schemaState: async () => ({ usable: true }),
    async openCount() {
      order.push("count opens");
      return { service, close: async () => void order.push("count flushes") };
    },
    ...overrides,
  };
  return parts;
}

export const ANY_PORTS: Flags = {
  grpcAddress: "127.0.0.1:0",
  httpAddress: "127.0.0.1:0",
  webAddress: "127.0.0.1:0",
  logFormat: "json",
};

export function testConfig(flags: Flags = {}): Config {
  return serveConfig({ ...ANY_PORTS, drainDelayMs: "0", ...flags }, {});
}

/** A server in this process, with fake parts. */
export function serving(parts: FakeParts, config: Config = testConfig()) {
  const process = new FakeProcess();
  const log = new LogRecords();
  const code = serve(config, { parts, stdout: log, process, version: "0" });
  const isReady = async () => {
    const { grpc, http } = await log.says("Count is ready");
    const [host = "", port = ""] = String(grpc).split(":");
    return { grpc: { address: { host, port: Number(port) } } as GrpcServer, http: `http://${String(http)}` };
  };
  return { process, log, code, isReady };
}
