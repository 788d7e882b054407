import { create } from "@bufbuild/protobuf";
import { type CountDailyTotalsRequest, CountDailyTotalsRequestSchema, countService } from "@count/proto";
import { status } from "@grpc/grpc-js";
import { expect, test } from "@jest/globals";
import { CountError } from "../../src/domain/count-error.ts";
import { unaryHandler } from "../../src/rpc/unary-handler.ts";
import { counts, TotalsCalls } from "./totals-calls.ts";

type Answer = Parameters<typeof unaryHandler<CountDailyTotalsRequest>>[0];

function serve(answer: Answer): Promise<TotalsCalls> {
  return TotalsCalls.serve({ countDailyTotals: unaryHandler(answer) });
}

const { countDailyTotals } = countService;
const request = create(CountDailyTotalsRequestSchema, { date: { year: 2026 } });

/** An answer that never comes, and the reason why it is not waited for any more. */
function neverAnswering(): { answer: Answer; called: Promise<void>; aborted: Promise<unknown> } {
  let call: (() => void) | undefined;
  let abort: ((reason: unknown) => void) | undefined;
  const called = new Promise<void>((resolve) => {
    call = resolve;
  });
  const aborted = new Promise<unknown>((resolve) => {
    abort = resolve;
  });
  const answer: Answer = (_, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        abort?.(signal.reason);
        reject(signal.reason as Error);
      });
      call?.();
    });
  return { answer, called, aborted };
}

test("The bytes of the answer are sent as they are", async () => {
  await using calls = await serve(async ({ date }) => {
    expect(date?.year).toBe(2026);
    return Buffer.from("0a021803", "hex");
  });
  expect(counts(await calls.call(countDailyTotals, request))).toEqual([{ count: "3" }]);
});

test("A CountError becomes its status, and its message the details", async () => {
  await using calls = await serve(async () => {
    throw new CountError("exhausted", "too much at once", new Error("secret"));
  });
  await expect(calls.call(countDailyTotals, request)).rejects.toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
    details: "too much at once",
  });
});

test("What else is thrown is INTERNAL", async () => {
  await using calls = await serve(async () => {
    throw new TypeError("x is not a function");
  });
  await expect(calls.call(countDailyTotals, request)).rejects.toMatchObject({ code: status.INTERNAL });
});

test("A caller that cancels aborts the work", async () => {
  const { answer, called, aborted } = neverAnswering();
  await using calls = await serve(answer);
  const abort = new AbortController();
  const call = calls.call(countDailyTotals, request, { signal: abort.signal });
  await called;
  abort.abort();
  await expect(call).rejects.toMatchObject({ code: status.CANCELLED });
  expect(await aborted).toEqual(new CountError("cancelled", "the caller stopped waiting"));
});

test("A deadline that passes aborts the work", async () => {
  const { answer, aborted } = neverAnswering();
  await using calls = await serve(answer);
  const call = calls.call(countDailyTotals, request, { deadlineMs: 200 });
  await expect(call).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
  expect(await aborted).toEqual(new CountError("cancelled", "the caller stopped waiting"));
});
