import { create } from "@bufbuild/protobuf";
import { type AddResponse, AddResponseSchema, RefusalReason } from "@count/proto";
import type { handleClientStreamingCall } from "@grpc/grpc-js";
import { bindingOf, type ServiceBinding } from "../auth/service-binding.ts";
import { CountError } from "../domain/count-error.ts";
import type { Refusal } from "../domain/refusal.ts";
import { type AddMessage, readAddMessage } from "../ingest/add-message.ts";
import type { Ingest } from "../ingest/ingest.ts";
import { callerOf, paceOf } from "./caller.ts";
import { Reading } from "./reading.ts";
import { toServiceError } from "./status.ts";

/** Gives a message the service under which its sender may count it, or says why not. */
function bound(message: AddMessage, binding: ServiceBinding): Refusal | undefined {
  const service = binding.serviceOf(message.service);
  if (typeof service !== "string") return service;
  message.service = service;
  return undefined;
}

/**
 * `Add`: counts each message, and answers when all of them are durable.
 *
 * A refused message ends the stream with INVALID_ARGUMENT and `message N: why`, N counted from 1, after the ones before it
 * are durable; nothing after it is counted. It is PERMISSION_DENIED when it is for a service that the caller may not count for, and
 * RESOURCE_EXHAUSTED when it would have to wait too long because of a rate. A flush that fails ends the stream with its error. A
 * caller that disappears loses nothing of what was read: it is stored, and nobody is told.
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
    const binding = bindingOf(callerOf(call));
    const pace = paceOf(call, "messages");
    const reading = new Reading(call);

    const answer = (error?: unknown): void => {
      if (answered) return;
      answered = true;
      if (error === undefined) callback(null, create(AddResponseSchema));
      else callback(toServiceError(error));
    };
    const answerWhenDurable = (error?: CountError): void => {
      call.removeListener("data", receive);
      // Whatever else arrives is thrown away.
      call.resume();
      if (latest === ingest.durable) ingest.hurry();
      (latest ?? Promise.resolve()).then(() => answer(error), answer);
    };
    const refuse = ({ reason, message: why }: Refusal): void => {
      ingest.observer.refused("add", reason, 1);
      const code = reason === RefusalReason.SERVICE_FORBIDDEN ? "forbidden" : "invalid";
      answerWhenDurable(new CountError(code, `message ${messages}: ${why}`));
    };
    /** Takes a message in as soon as its turn has come. */
    const read = (bytes: Buffer): void => {
      messages++;
      const waitMs = pace!();
      if (waitMs === 0) take(bytes);
      else if (typeof waitMs === "number") reading.stopFor(waitMs, () => take(bytes));
      else answerWhenDurable(new CountError(waitMs.code, `message ${messages}: ${waitMs.message}`));
    };
    const count = (bytes: Buffer): void => {
      messages++;
      take(bytes);
    };
    const receive = pace === undefined ? count : read;
    const take = (bytes: Buffer): void => {
      const durable = ingest.durable;
      const refused = readAddMessage(bytes, message) ?? (binding && bound(message, binding)) ?? ingest.add(message);
      if (refused !== undefined) {
        refuse(refused);
        return;
      }
      if (latest !== durable) {
        latest = durable;
        durable.catch((error: unknown) => {
          call.removeListener("data", receive);
          call.resume();
          answer(error);
        });
      }
      if (ingest.full) reading.stopUntil(ingest.whenRoom());
    };
    call.on("data", receive);
    call.on("end", () => {
      if (call.listeners("data").includes(receive)) answerWhenDurable();
    });
    call.on("error", () => undefined);
  };
}
