import type { RefusalReason } from "@count/proto";
import type { handleBidiStreamingCall, ServerDuplexStream } from "@grpc/grpc-js";
import { bindingOf, type ServiceBinding } from "../auth/service-binding.ts";
import { CountError } from "../domain/count-error.ts";
import { REFUSAL_REASONS } from "../domain/refusal.ts";
import type { Ingest } from "../ingest/ingest.ts";
import { type BatchColumns, emptyColumns, readRecordMessage } from "../ingest/record-message.ts";
import type { Session } from "../ingest/session.ts";
import { callerOf, paceOf } from "./caller.ts";
import type { Pace } from "./client-limits.ts";
import { encodeRecordResponse } from "./encode-record-response.ts";
import { Reading } from "./reading.ts";
import { checkBatch } from "./record-batch.ts";
import { toServiceError } from "./status.ts";

type Call = ServerDuplexStream<Buffer, Buffer>;

/** One for all streams: it is filled and used without a pause in between. */
const columns = emptyColumns();

export interface RecordHandler {
  readonly handle: handleBidiStreamingCall<Buffer, Buffer>;
  /** Answers for what every stream has sent, then ends it: its sender goes on with another server. */
  readonly end: () => void;
}

/** What takes batches in; `count agent` has another one. */
export type RecordIngest = Pick<
  Ingest,
  "keys" | "times" | "observer" | "full" | "whenRoom" | "hurry" | "openSession" | "endSession" | "record"
>;

/** `Record`: see `count.proto`. The service definition must hand the messages over as bytes. */
export function recordHandler(ingest: RecordIngest): RecordHandler {
  const streams = new Set<RecordStream>();
  const handle = (call: Call): void => {
    const stream = new RecordStream(call, ingest, () => streams.delete(stream));
    streams.add(stream);
    call.on("data", (request: Buffer) => stream.read(request));
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
  readonly #ingest: RecordIngest;
  readonly #onEnd: () => void;
  readonly #binding: ServiceBinding | undefined;
  readonly #pace: Pace | undefined;
  readonly #reading: Reading;
  #state: "new" | "opening" | "open" | "ended" = "new";
  #session: Session | undefined;
  /** What is being waited for before the end of the stream is answered. */
  #opening: Promise<void> = Promise.resolve();
  /** Why something was refused since the last response, by reason. */
  #examples = new Map<RefusalReason, string>();
  #acknowledged = -1;
  #finishing = false;

  constructor(call: Call, ingest: RecordIngest, onEnd: () => void) {
    this.#call = call;
    this.#ingest = ingest;
    this.#onEnd = onEnd;
    this.#binding = bindingOf(callerOf(call));
    this.#pace = paceOf(call, "batches");
    this.#reading = new Reading(call);
  }

  /** Takes a message in as soon as its turn has come. */
  read(bytes: Buffer): void {
    if (this.#state === "ended" || this.#finishing) return;
    // A hello is no batch.
    const waitMs = this.#state === "new" ? 0 : (this.#pace?.() ?? 0);
    if (waitMs === 0) this.#take(bytes);
    else if (typeof waitMs === "number") this.#reading.stopFor(waitMs, () => this.#take(bytes));
    else void this.finish(waitMs);
  }

  #take(bytes: Buffer): void {
    if (this.#state === "ended" || this.#finishing) return;
    try {
      const message = readRecordMessage(bytes, columns);
      if (message === "batch") this.#batch(columns);
      else if (typeof message === "object") this.#hello(message);
      else if (message === "empty") {
        throw new CountError("invalid", "message is empty; accepted are a hello, then batches");
      } else throw new CountError("invalid", "the message does not decode; accepted is count.v1.RecordRequest");
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Takes in nothing more; everything that came is answered for, then the stream ends, with the error if there is one. */
  async finish(error?: CountError): Promise<void> {
    if (this.#finishing) return;
    this.#finishing = true;
    await this.#opening;
    this.#ingest.hurry();
    await this.#session?.settled.catch(() => undefined);
    if (this.#state === "ended") return;
    this.leave();
    if (error === undefined) this.#call.end();
    else this.#call.emit("error", toServiceError(error));
  }

  leave(): void {
    this.#state = "ended";
    this.#onEnd();
    if (this.#session !== undefined) this.#ingest.endSession(this.#session);
  }

  #hello(clientId: Buffer): void {
    if (this.#state !== "new") throw new CountError("invalid", "hello was sent twice; accepted is one, first");
    if (clientId.length !== 16) {
      throw new CountError("invalid", `hello.client_id has ${clientId.length} bytes; accepted is a UUID in its 16`);
    }
    this.#state = "opening";
    const end = (reason: CountError): void => this.#fail(reason);
    this.#opening = this.#ingest.openSession(uuidText(clientId), end).then(
      (session) => this.#opened(session),
      (error: unknown) => this.#fail(error),
    );
    this.#reading.stopUntil(this.#opening);
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
  }

  #batch(message: BatchColumns): void {
    const session = this.#session;
    if (session === undefined) throw new CountError("invalid", "batch came before the hello; the hello must be first");
    if (!(message.number >= 1 && message.number <= Number.MAX_SAFE_INTEGER)) {
      throw new CountError("invalid", `batch.number is ${message.number}; accepted are 1 to 2^53 - 1`);
    }
    // Sent again: it is acknowledged, now or with the group that it is in.
    if (message.number <= session.acceptedNumber) {
      this.#ingest.observer.resent();
      if (message.number <= session.state.lastNumber) this.#acknowledge();
      return;
    }
    const { batch, examples } = checkBatch(this.#ingest, message, this.#binding);
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
    if (this.#ingest.full) this.#reading.stopUntil(this.#ingest.whenRoom());
  }

  /** One response for all batches of a group. */
  #acknowledgeNew(): void {
    if (this.#session!.state.lastNumber > this.#acknowledged) this.#acknowledge();
  }

  #acknowledge(): void {
    if (this.#state !== "open") return;
    const { state } = this.#session!;
    this.#acknowledged = state.lastNumber;
    const response = encodeRecordResponse(state, this.#examples);
    this.#examples.clear();
    this.#call.write(response);
  }

  #fail(error: unknown): void {
    if (this.#state === "ended") return;
    this.leave();
    this.#call.emit("error", toServiceError(error));
  }
}

function uuidText(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
