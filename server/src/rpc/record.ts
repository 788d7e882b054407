import { create } from "@bufbuild/protobuf";
import {
  type RecordBatch,
  type RecordHello,
  type RecordRequest,
  type RecordResponse,
  RecordResponseSchema,
  type RefusalReason,
} from "@count/proto";
import type { handleBidiStreamingCall, ServerDuplexStream } from "@grpc/grpc-js";
import { CountError } from "../domain/count-error.ts";
import { REFUSAL_REASONS } from "../domain/refusal.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { Session } from "../ingest/session.ts";
import { checkBatch } from "./record-batch.ts";
import { toServiceError } from "./status.ts";

type Call = ServerDuplexStream<RecordRequest, RecordResponse>;

export interface RecordHandler {
  readonly handle: handleBidiStreamingCall<RecordRequest, RecordResponse>;
  /** Answers for what every stream has sent, then ends it: its sender goes on with another server. */
  readonly end: () => void;
}

/** `Record`: see `count.proto`. */
export function recordHandler(ingest: Ingest): RecordHandler {
  const streams = new Set<RecordStream>();
  const handle = (call: Call): void => {
    const stream = new RecordStream(call, ingest, () => streams.delete(stream));
    streams.add(stream);
    call.on("data", (request: RecordRequest) => stream.read(request));
    call.on("end", () => void stream.finish());
    // Not answered: the caller is gone. What it sent is stored, and its next hello tells it so.
    call.on("cancelled", () => stream.leave());
    call.on("error", () => stream.leave());
  };
  return {
    handle,
    end: () => {
      for (const stream of streams) void stream.finish();
    },
  };
}

/**
 * One `Record` stream.
 *
 * new (waits for the hello) → opening (the cursor is being read, reading is paused) → open (takes batches) → ended.
 */
class RecordStream {
  readonly #call: Call;
  readonly #ingest: Ingest;
  readonly #onEnd: () => void;
  #state: "new" | "opening" | "open" | "ended" = "new";
  #session: Session | undefined;
  /** What is being waited for before the end of the stream is answered. */
  #opening: Promise<void> = Promise.resolve();
  /** Why something was refused since the last response, by reason. */
  #examples = new Map<RefusalReason, string>();
  #acknowledged = -1;
  #finishing = false;

  constructor(call: Call, ingest: Ingest, onEnd: () => void) {
    this.#call = call;
    this.#ingest = ingest;
    this.#onEnd = onEnd;
  }

  read({ message }: RecordRequest): void {
    if (this.#state === "ended" || this.#finishing) return;
    try {
      if (message.case === "batch") this.#batch(message.value);
      else if (message.case === "hello") this.#hello(message.value);
      else throw new CountError("invalid", "message is empty; accepted are a hello, then batches");
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Takes in nothing more; everything that came is answered for, then the stream ends. */
  async finish(): Promise<void> {
    this.#finishing = true;
    await this.#opening;
    this.#ingest.hurry();
    await this.#session?.settled.catch(() => undefined);
    if (this.#state === "ended") return;
    this.leave();
    this.#call.end();
  }

  leave(): void {
    this.#state = "ended";
    this.#onEnd();
    if (this.#session !== undefined) this.#ingest.endSession(this.#session);
  }

  #hello({ clientId }: RecordHello): void {
    if (this.#state !== "new") throw new CountError("invalid", "hello was sent twice; accepted is one, first");
    if (clientId.length !== 16) {
      throw new CountError("invalid", `hello.client_id has ${clientId.length} bytes; accepted is a UUID in its 16`);
    }
    this.#state = "opening";
    this.#call.pause();
    const end = (reason: CountError): void => this.#fail(reason);
    this.#opening = this.#ingest.openSession(uuidText(clientId), end).then(
      (session) => this.#opened(session),
      (error: unknown) => this.#fail(error),
    );
  }

  #opened(session: Session): void {
    this.#session = session;
    // `leave` may have come first.
    if (this.#state !== "opening") {
      this.#ingest.endSession(session);
      return;
    }
    this.#state = "open";
    this.#acknowledge();
    this.#call.resume();
  }

  #batch(message: RecordBatch): void {
    const session = this.#session;
    if (session === undefined) throw new CountError("invalid", "batch came before the hello; the hello must be first");
    if (!(message.number >= 1n && message.number <= Number.MAX_SAFE_INTEGER)) {
      throw new CountError("invalid", `batch.number is ${message.number}; accepted are 1 to 2^53 - 1`);
    }
    // Sent again: it is acknowledged, now or with the group that it is in.
    if (message.number <= session.acceptedNumber) {
      if (message.number <= session.state.lastNumber) this.#acknowledge();
      return;
    }
    const { batch, examples } = checkBatch(this.#ingest, message);
    this.#ingest.record(session, batch);
    for (const [reason, example] of examples) {
      this.#examples.set(reason, example);
      this.#ingest.observer.refused("record", reason, batch.refused[REFUSAL_REASONS.indexOf(reason)]!);
    }
    session.settled.then(
      () => this.#acknowledgeNew(),
      // The session was ended with the group's error.
      () => undefined,
    );
    if (this.#ingest.full) {
      this.#call.pause();
      void this.#ingest.whenRoom().then(() => this.#call.resume());
    }
  }

  /** One response for all batches of a group. */
  #acknowledgeNew(): void {
    if (this.#session!.state.lastNumber > this.#acknowledged) this.#acknowledge();
  }

  #acknowledge(): void {
    if (this.#state !== "open") return;
    const { lastNumber, refused } = this.#session!.state;
    this.#acknowledged = lastNumber;
    const response = create(RecordResponseSchema, {
      lastNumber: BigInt(lastNumber),
      refused: REFUSAL_REASONS.flatMap((reason, i) =>
        refused[i]! > 0 ? [{ reason, count: BigInt(refused[i]!), example: this.#examples.get(reason) ?? "" }] : [],
      ),
    });
    this.#examples.clear();
    this.#call.write(response);
  }

  #fail(error: unknown): void {
    if (this.#state === "ended") return;
    this.leave();
    this.#call.emit("error", toServiceError(error));
  }
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
