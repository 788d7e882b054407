import { create } from "@bufbuild/protobuf";
import {
  countService,
  type RecordRequest,
  type RecordResponse,
  RecordResponseSchema,
  RefusalReason,
} from "@count/proto";
import { Server, ServerCredentials, type ServerDuplexStream, status } from "@grpc/grpc-js";

/** A Count server's half of Record: it keeps cursors and counts in memory, and may be away or slow to answer. */
export class RecordSink implements AsyncDisposable {
  /** `service method path` → requests. */
  readonly counts = new Map<string, number>();
  /** Batches that came again, and were not counted again. */
  repeated = 0;
  gaps = 0;
  dropped = 0;
  address = "";
  /** A path that is refused as invalid, and how many requests of it were. */
  refusedPath = "";
  refused = 0;
  readonly #cursors = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #server: Server | undefined;

  static async start(): Promise<RecordSink> {
    const sink = new RecordSink();
    await sink.listen();
    return sink;
  }

  async listen(): Promise<void> {
    const server = new Server();
    server.addService({ record: countService.record }, { record: (call: Call) => this.#record(call) });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(this.address || "127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    this.address = `127.0.0.1:${port}`;
    this.#server = server;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** What was counted, as an object in the order of its keys. */
  get table(): Record<string, number> {
    return Object.fromEntries([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Resolves when `is` holds; asked at each batch. */
  async until(is: () => boolean): Promise<void> {
    while (!is()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** As a process that is killed. */
  kill(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
  }

  #record(call: Call): void {
    let id = "";
    call.on("error", () => undefined);
    call.on("data", ({ message }: RecordRequest) => {
      if (message.case === "hello") {
        id = Buffer.from(message.value.clientId).toString("hex");
        this.#answer(call, id);
        return;
      }
      const batch = message.value;
      if (batch === undefined) return;
      const number = Number(batch.number);
      const last = this.#cursors.get(id) ?? 0;
      if (number <= last) this.repeated++;
      else if (number > last + 1) {
        this.gaps++;
        call.emit("error", { code: status.FAILED_PRECONDITION, details: `expected ${last + 1}` });
        return;
      } else {
        this.#cursors.set(id, number);
        this.dropped = Math.max(this.dropped, Number(batch.dropped));
        batch.counts.forEach((count, at) => {
          if (batch.strings[batch.paths[at]!] === this.refusedPath) {
            this.refused += Number(count);
            return;
          }
          const service = batch.strings[batch.services[at]!]!;
          const key = `${service} ${batch.methods[at]!} ${batch.strings[batch.paths[at]!]!}`;
          this.counts.set(key, (this.counts.get(key) ?? 0) + Number(count));
        });
      }
      this.#answer(call, id);
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    });
    call.on("end", () => call.end());
  }

  #answer(call: Call, id: string): void {
    const reason = RefusalReason.PATH_INVALID;
    const refused = this.refused === 0 ? [] : [{ reason, count: BigInt(this.refused), example: this.refusedPath }];
    call.write(create(RecordResponseSchema, { lastNumber: BigInt(this.#cursors.get(id) ?? 0), refused }));
  }
}

type Call = ServerDuplexStream<RecordRequest, RecordResponse>;
