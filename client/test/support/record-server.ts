import { create } from "@bufbuild/protobuf";
import {
  type AddRequest,
  type AddResponse,
  AddResponseSchema,
  countService,
  type RecordBatch,
  type RecordRequest,
  type RecordResponse,
  RecordResponseSchema,
  RefusalReason,
} from "@count/proto";
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
} from "@grpc/grpc-js";

type Stream = ServerDuplexStream<RecordRequest, RecordResponse>;

interface ClientState {
  lastNumber: number;
  refused: Map<RefusalReason, number>;
  dropped: number;
}

/** What a database would hold; several servers may share one, and it outlives them. */
export class FakeDatabase {
  readonly clients = new Map<string, ClientState>();
  /** `service method path bucket` → count. */
  readonly stored = new Map<string, number>();
  /** Paths that are refused. */
  readonly refusedPaths = new Set<string>();
  /** Batches that were applied, and that were met again. */
  applied = 0;
  repeated = 0;

  get total(): number {
    return [...this.stored.values()].reduce((sum, count) => sum + count, 0);
  }

  get refusedTotal(): number {
    let sum = 0;
    for (const { refused } of this.clients.values()) for (const count of refused.values()) sum += count;
    return sum;
  }

  /** As a backup that was taken before anything was recorded, but for what is stored, which the test wants to see. */
  forgetClients(): void {
    this.clients.clear();
  }

  state(id: string): ClientState {
    return this.clients.get(id) ?? { lastNumber: 0, refused: new Map(), dropped: 0 };
  }

  /** False: a gap. */
  apply(id: string, batch: RecordBatch): boolean {
    const state = this.state(id);
    const number = Number(batch.number);
    if (number <= state.lastNumber) {
      this.repeated++;
      return true;
    }
    if (number !== state.lastNumber + 1) return false;
    this.applied++;
    batch.counts.forEach((count, at) => {
      const path = batch.strings[batch.paths[at]!]!;
      if (this.refusedPaths.has(path)) {
        const { refused } = state;
        const reason = RefusalReason.PATH_INVALID;
        refused.set(reason, (refused.get(reason) ?? 0) + Number(count));
        return;
      }
      this.add(batch.strings[batch.services[at]!]!, batch.methods[at]!, path, Number(batch.buckets[at]), Number(count));
    });
    state.lastNumber = number;
    state.dropped = Number(batch.dropped);
    this.clients.set(id, state);
    return true;
  }

  add(service: string, method: number, path: string, bucket: number, count: number): void {
    const key = `${service} ${method} ${path} ${bucket}`;
    this.stored.set(key, (this.stored.get(key) ?? 0) + count);
  }
}

export interface Faults {
  /** Record is not there. */
  unimplemented: boolean;
  /** Batches are applied and not acknowledged. */
  swallowAcks: boolean;
  /** Hellos are not answered. */
  muteHello: boolean;
  /** Chance that a stream is cut before, or after, a batch is applied. */
  cutBefore: number;
  cutAfter: number;
  /** Milliseconds before a batch is applied. */
  delayMs: number;
}

/** A Record server as the protocol has it, in memory, with faults that can be switched on. */
export class RecordServer {
  readonly faults: Faults = {
    unimplemented: false,
    swallowAcks: false,
    muteHello: false,
    cutBefore: 0,
    cutAfter: 0,
    delayMs: 0,
  };
  readonly database: FakeDatabase;
  random: () => number = Math.random;
  streams = 0;
  openStreams = 0;
  hellos: string[] = [];
  endedInOrder = 0;
  /** Batches that came out of order; a sender never sends one. */
  gaps = 0;
  lastMetadata: Metadata | undefined;
  denied = false;
  /** Add: what was received, and whether it is refused. */
  readonly added: AddRequest[] = [];
  refuseAdd: (request: AddRequest) => boolean = () => false;
  port = 0;
  #server: Server | undefined;
  readonly #calls = new Set<Stream>();

  constructor(database = new FakeDatabase()) {
    this.database = database;
  }

  static async start(database?: FakeDatabase, options?: object): Promise<RecordServer> {
    const server = new RecordServer(database);
    await server.listen(0, options);
    return server;
  }

  get target(): string {
    return `127.0.0.1:${this.port}`;
  }

  async listen(port: number, options: object = {}, credentials = ServerCredentials.createInsecure()): Promise<void> {
    const server = new Server(options);
    const service: ServiceDefinition = { add: countService.add, record: countService.record };
    const record: handleBidiStreamingCall<RecordRequest, RecordResponse> = (call) => this.#record(call);
    const add: handleClientStreamingCall<AddRequest, AddResponse> = (call, callback) => {
      call.on("error", () => undefined);
      let refused = "";
      call.on("data", (request: AddRequest) => {
        if (refused !== "" || this.refuseAdd(request)) refused ||= request.path;
        else this.added.push(request);
      });
      call.on("end", () => {
        if (refused === "") callback(null, create(AddResponseSchema));
        else callback({ code: status.INVALID_ARGUMENT, details: `path ${refused}` });
      });
    };
    server.addService(service, { record, add });
    this.port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    this.#server = server;
  }

  /** As a process that is killed: every connection ends at once. */
  kill(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  async restart(): Promise<void> {
    this.kill();
    await this.listen(this.port);
  }

  /** Ends every stream with UNAVAILABLE. */
  cut(): void {
    for (const call of this.#calls) fail(call, status.UNAVAILABLE, "cut");
  }

  #record(call: Stream): void {
    this.streams++;
    this.lastMetadata = call.metadata;
    if (this.denied) {
      fail(call, status.UNAUTHENTICATED, "who are you?");
      return;
    }
    if (this.faults.unimplemented) {
      fail(call, status.UNIMPLEMENTED, "no Record");
      return;
    }
    this.openStreams++;
    this.#calls.add(call);
    let id = "";
    let isOver = false;
    let isLost = false;
    let work = Promise.resolve();
    const over = (): void => {
      if (!isOver) this.openStreams--;
      isOver = true;
      this.#calls.delete(call);
    };
    call.on("error", () => undefined);
    call.on("cancelled", over);
    call.on("data", (request: RecordRequest) => {
      const { message } = request;
      if (message.case === "hello") {
        id = Buffer.from(message.value.clientId).toString("hex");
        this.hellos.push(id);
        if (!this.faults.muteHello) this.#answer(call, id);
        return;
      }
      const batch = message.value;
      if (batch === undefined) return;
      // What was received is applied even when the stream is over by then, as by a server whose transaction is on its way.
      work = work.then(async () => {
        if (this.faults.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.faults.delayMs));
        if (!isOver && this.random() < this.faults.cutBefore) {
          over();
          fail(call, status.UNAVAILABLE, "cut before");
          isLost = true;
        }
        if (isLost) return;
        if (!this.database.apply(id, batch)) {
          const { lastNumber } = this.database.state(id);
          this.gaps++;
          if (!isOver) fail(call, status.FAILED_PRECONDITION, `expected batch ${lastNumber + 1}, got ${batch.number}`);
          over();
          return;
        }
        if (isOver) return;
        if (this.random() < this.faults.cutAfter) {
          over();
          fail(call, status.UNAVAILABLE, "cut after");
        } else if (!this.faults.swallowAcks) this.#answer(call, id);
      });
    });
    call.on("end", () => {
      void work.then(() => {
        if (isOver) return;
        over();
        this.endedInOrder++;
        call.end();
      });
    });
  }

  #answer(call: Stream, id: string): void {
    const { lastNumber, refused } = this.database.state(id);
    call.write(
      create(RecordResponseSchema, {
        lastNumber: BigInt(lastNumber),
        refused: [...refused].map(([reason, count]) => ({ reason, count: BigInt(count) })),
      }),
    );
  }
}

function fail(call: Stream, code: status, details: string): void {
  call.emit("error", { code, details });
}
