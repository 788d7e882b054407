import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { type Counter, createCounter } from "@count/client";
import { Client, credentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, jest } from "@jest/globals";
import { addMessage } from "../ingest/ingest-support.ts";
import { AddCall } from "../rpc/count-calls.ts";
import { ServeChild } from "../serve/serve-process-support.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../support/database.ts";

/** An attack is work for the machine that makes it, too. */
const LIMIT_MS = 240_000;
/** From an answer to the next question. */
const ASK_MS = 20;

/** Where everybody else is, on the loopback interface. */
export interface Ports {
  readonly grpc: number;
  readonly web: number;
  readonly http: number;
}

/** `count serve` as a process, over a database of its own, and an honest client of it. */
export class AttackedServer implements AsyncDisposable {
  readonly ports: Ports;
  readonly #child: ServeChild;
  readonly #db: TestDatabaseUrl;

  private constructor(child: ServeChild, db: TestDatabaseUrl, ports: Ports) {
    this.#child = child;
    this.#db = db;
    this.ports = ports;
  }

  static async start(flags: readonly string[] = []): Promise<AttackedServer> {
    const db = await testDatabaseUrl();
    const child = new ServeChild(["--log-format", "json", ...flags], { DB_URL: db.url });
    const { record } = await child.ready();
    const port = (name: string) => Number(String(record[name]).split(":").at(-1));
    return new AttackedServer(child, db, { grpc: port("grpc"), web: port("web"), http: port("http") });
  }

  get pid(): number {
    return this.#child.child.pid ?? 0;
  }

  /** A sample of the server's metrics, `count_limited_total{limit="calls"}`; undefined where there is none. */
  async metric(sample: string): Promise<number | undefined> {
    const { text } = await ask(this.ports.http, "/metrics");
    const line = text.split("\n").find((one) => one.startsWith(`${sample} `));
    return line === undefined ? undefined : Number(line.slice(sample.length));
  }

  /**
   * Runs an attack while somebody counts over `Record` and asks over HTTP, all the time. The attack calls `others` while it is at its
   * worst: that resolves when others had counts acknowledged, an answer and a probe, all begun after the call.
   *
   * Afterwards all that was counted is stored, once, the server is ready, and nothing was a fault of its own.
   */
  async during(attack: (others: () => Promise<void>) => Promise<void>): Promise<void> {
    const service = `honest ${this.#honest++}`;
    const honest = new Honest(this.ports, service);
    try {
      await attack(() => honest.served());
    } finally {
      await honest.stop();
    }
    const { recorded, acknowledged, pending } = await honest.close();
    expect([acknowledged, pending]).toEqual([recorded, 0]);
    expect(await this.#stored(service)).toBe(recorded + honest.added);
    // A server that was late for a moment says so for a moment.
    while ((await ask(this.ports.http, "/readyz")).status !== 200) await pause(ASK_MS);
    expect(this.#child.records.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
    const { text } = await ask(this.ports.http, "/metrics");
    const faults =
      /^count_(?:grpc_calls_total\{.*code="(?:INTERNAL|UNKNOWN)"|http_requests_total\{.*status="500")\} [1-9]/;
    expect(text.split("\n").filter((line) => faults.test(line))).toEqual([]);
  }

  #honest = 0;

  async #stored(service: string): Promise<number> {
    const [row] = await this.#db.query<{ n: bigint | null }>(
      `select sum(t.n)::bigint as n
       from (
         select method_id, total as n from count.daily_method_totals
         union all
         select unnest(method_ids) as method_id, unnest(counts) as n from count.pending
       ) as t
       join count.methods as m on m.id = t.method_id where m.service = $1`,
      [service],
    );
    return Number(row?.n ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
    await this.#db.close();
  }
}

/** Asks on a connection of its own. */
export async function ask(port: number, path: string): Promise<{ status: number; text: string }> {
  const [response] = (await once(get({ host: "127.0.0.1", port, path, agent: false }), "response")) as [
    IncomingMessage,
  ];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk as string;
  return { status: response.statusCode ?? 0, text };
}

/** Counts all the time, and asks all the time. */
class Honest {
  readonly #ports: Ports;
  readonly #counter: Counter;
  readonly #timer: NodeJS.Timeout;
  readonly #asking: Promise<void>;
  readonly #service: string;
  /** What new clients have counted. */
  added = 0;
  #isOver = false;
  /** Answers to questions, and to probes. */
  #answers = 0;

  constructor(ports: Ports, service: string) {
    this.#ports = ports;
    this.#service = service;
    this.#counter = createCounter({ target: `127.0.0.1:${ports.grpc}`, service, sealAfterMs: 50 });
    this.#timer = setInterval(() => this.#counter.record("GET", "/honest"), 2);
    this.#asking = this.#ask();
    // Whoever stops it hears.
    this.#asking.catch(() => undefined);
  }

  /** Resolves when what is counted from now on was acknowledged, and answers to new questions and a new client have come. */
  async served(): Promise<void> {
    const { recorded } = this.#counter.statistics();
    // Of the two that are on their way one may have begun before.
    const answers = this.#answers + 2;
    expect(await this.#add()).toBe("OK");
    while (this.#counter.statistics().acknowledged <= recorded || this.#answers < answers) {
      if (this.#isOver) break;
      await turn();
    }
    if (this.#isOver) await this.#asking;
  }

  /** Counts one more, on a connection of its own. */
  async #add(): Promise<string> {
    const client = new Client(`127.0.0.1:${this.#ports.grpc}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    const message = addMessage({ path: "/honest", service: this.#service, atMs: Date.now() });
    const answer = await AddCall.all(client, [message]);
    client.close();
    if (answer === "OK") this.added++;
    return answer;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#isOver = true;
    await this.#asking;
  }

  close() {
    return this.#counter.close({ limitMs: 20_000 });
  }

  async #ask(): Promise<void> {
    const { web, http } = this.#ports;
    const today = new Date().toISOString().slice(0, 10);
    try {
      while (!this.#isOver) {
        const answer = await ask(web, `/api/v1/totals?from=${today}&to=${today}`);
        const probe = await ask(http, "/healthz");
        if (answer.status !== 200 || probe.status !== 200) throw new Error(`${answer.status} and ${probe.status}`);
        this.#answers++;
        await pause(ASK_MS);
      }
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }
}

/** A server of all tests of a file. */
export function attackedServerOfThisFile(flags: readonly string[] = []): () => AttackedServer {
  jest.setTimeout(LIMIT_MS);
  let server: AttackedServer | undefined;
  beforeAll(async () => {
    server = await AttackedServer.start(flags);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  return () => {
    if (server === undefined) throw new Error("the server has not started");
    return server;
  };
}
