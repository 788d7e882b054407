import { create } from "@bufbuild/protobuf";
import { type AddResponse, AddResponseSchema } from "@count/proto";
import type { handleClientStreamingCall } from "@grpc/grpc-js";
import { CountError } from "../domain/count-error.ts";
import type { Refusal } from "../domain/refusal.ts";
import { type AddMessage, readAddMessage } from "../ingest/add-message.ts";
import type { Ingest } from "../ingest/ingest.ts";
import { toServiceError } from "./status.ts";

/**
 * `Add`: counts each message, and answers when all of them are durable.
 *
 * A refused message ends the stream with INVALID_ARGUMENT and `message N: why`, N counted from 1, after the ones before it
 * are durable; nothing after it is counted. A flush that fails ends the stream with its error. A caller that disappears loses
 * nothing of what was read: it is stored, and nobody is told.
 *
 * The service definition must hand the messages over undecoded (an identity as `requestDeserialize`).
 */
export function addHandler(
  ingest: Pick<Ingest, "add" | "durable" | "hurry" | "full" | "whenRoom" | "observer">,
): handleClientStreamingCall<Buffer, AddResponse> {
  // One for all streams: it is filled and used without a pause in between.
  const message: AddMessage = { method: 0, path: "", service: "", seconds: 0 };
  return (call, callback) => {
    let messages = 0;
    let answered = false;
    let latest: Promise<void> | undefined;

    const answer = (error?: unknown): void => {
      if (answered) return;
      answered = true;
      if (error === undefined) callback(null, create(AddResponseSchema));
      else callback(toServiceError(error));
    };
    const answerWhenDurable = (error?: CountError): void => {
      call.removeListener("data", read);
      // Whatever else arrives is thrown away.
      call.resume();
      if (latest === ingest.durable) ingest.hurry();
      (latest ?? Promise.resolve()).then(() => answer(error), answer);
    };
    const refuse = ({ reason, message: why }: Refusal): void => {
      ingest.observer.refused("add", reason, 1);
      answerWhenDurable(new CountError("invalid", `message ${messages}: ${why}`));
    };
    const read = (bytes: Buffer): void => {
      messages++;
      const durable = ingest.durable;
      const refused = readAddMessage(bytes, message) ?? ingest.add(message);
      if (refused !== undefined) {
        refuse(refused);
        return;
      }
      if (latest !== durable) {
        latest = durable;
        durable.catch((error: unknown) => {
          call.removeListener("data", read);
          call.resume();
          answer(error);
        });
      }
      if (ingest.full) {
        call.pause();
        void ingest.whenRoom().then(() => call.resume());
      }
    };
    call.on("data", read);
    call.on("end", () => {
      if (call.listeners("data").includes(read)) answerWhenDurable();
    });
    call.on("error", () => undefined);
  };
}
