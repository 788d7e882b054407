import { create } from "@bufbuild/protobuf";
import { CountService, countService, QueryTotalsRequestSchema } from "@count/proto";
import { type handleUnaryCall, status } from "@grpc/grpc-js";
import { describe, expect, test } from "@jest/globals";
import { callUnaryInProcess } from "../../src/rpc/call-in-process.ts";
import type { GrpcService } from "../../src/rpc/grpc-service.ts";
import { unaryHandler } from "../../src/rpc/unary-handler.ts";

const REQUEST = create(QueryTotalsRequestSchema);
const METHOD = CountService.method.queryTotals;

function serviceOf(queryTotals: handleUnaryCall<object, Buffer>): GrpcService {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    definition: { queryTotals: { ...countService.queryTotals, responseSerialize: asIs } },
    implementation: { queryTotals },
  };
}

/** A handler that waits until it is told that nobody wants its answer. */
function waiting(): { service: GrpcService; told: Promise<unknown> } {
  let tell: (reason: unknown) => void = () => undefined;
  const told = new Promise((resolve) => {
    tell = resolve;
  });
  const handler = unaryHandler<object>(
    (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          tell(signal.reason);
          reject(signal.reason as Error);
        });
      }),
  );
  return { service: serviceOf(handler), told };
}

describe("a call in this process", () => {
  test("is given up after its limit, and its handler is told", async () => {
    const { service, told } = waiting();
    const call = callUnaryInProcess(service, METHOD, REQUEST, { signal: new AbortController().signal, maxCallMs: 5 });
    await expect(call).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
      details: "there was no answer within 0.005 s",
    });
    expect(await told).toMatchObject({ code: "cancelled" });
  });

  test("is given up when nobody waits any more, also when that is known at once", async () => {
    const { service, told } = waiting();
    const abort = new AbortController();
    const call = callUnaryInProcess(service, METHOD, REQUEST, { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: status.CANCELLED });
    expect(await told).toMatchObject({ code: "cancelled" });
    const late = callUnaryInProcess(service, METHOD, REQUEST, { signal: abort.signal });
    await expect(late).rejects.toMatchObject({ code: status.CANCELLED });
  });

  test("fails as its handler says, however little that is", async () => {
    const service = serviceOf((_, callback) => callback({ code: status.UNAVAILABLE, details: "Count is starting" }));
    const call = callUnaryInProcess(service, METHOD, REQUEST, { signal: new AbortController().signal });
    await expect(call).rejects.toMatchObject({ code: status.UNAVAILABLE, details: "Count is starting" });
    const missing = callUnaryInProcess({ definition: {}, implementation: {} }, METHOD, REQUEST, {
      signal: new AbortController().signal,
    });
    await expect(missing).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
      details: "QueryTotals is not available here",
    });
  });
});
