import { type AddRequest, methodName } from "@count/proto";
import { type ServerReadableStream, type sendUnaryData, status } from "@grpc/grpc-js";
import type pg from "pg";
import { messageOf } from "../run/message-of.ts";
import { insertRequest } from "./insert-request.ts";

/** Statements of one stream that may be under way. */
const MAX_AT_ONCE = 10;

/** Add as the original does it: one statement for each message, ten at a time, and an answer when all have been stored. */
export function addHandler(pool: pg.Pool) {
  return (call: ServerReadableStream<AddRequest, object>, answer: sendUnaryData<object>): void => {
    let underWay = 0;
    let ended = false;
    let failed = false;
    const fail = (error: unknown): void => {
      if (failed) return;
      failed = true;
      answer({ code: status.INTERNAL, details: messageOf(error) });
    };
    const stored = (): void => {
      underWay -= 1;
      if (failed) return;
      if (ended && underWay === 0) answer(null, {});
      else call.resume();
    };
    call.on("data", ({ method, path, requestTimestamp }: AddRequest) => {
      underWay += 1;
      if (underWay >= MAX_AT_ONCE) call.pause();
      const { seconds, nanos } = requestTimestamp ?? { seconds: 0n, nanos: 0 };
      const time = new Date(Number(seconds) * 1_000 + nanos / 1_000_000);
      pool.query({ ...insertRequest, values: [methodName(method) ?? "", path, time] }).then(stored, fail);
    });
    call.on("end", () => {
      ended = true;
      if (underWay === 0 && !failed) answer(null, {});
    });
    call.on("error", fail);
  };
}
