import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AddRequestSchema, Method } from "@count/proto";
import { expect, test } from "@jest/globals";
import { Registry } from "prom-client";
import { DEFAULT_LIMITS } from "../../src/domain/limits.ts";
import { Ingest } from "../../src/ingest/ingest.ts";
import { createMetrics } from "../../src/observability/metrics.ts";
import { type DayCount, todayMetrics } from "../../src/observability/today-metrics.ts";
import { callAddInProcess } from "../../src/rpc/call-in-process.ts";
import { countGrpcService } from "../../src/rpc/count-service.ts";
import type { GrpcService } from "../../src/rpc/grpc-service.ts";
import { surveyToday } from "../../src/serve/survey-today.ts";
import { testDatabase } from "../support/database.ts";

/** What one survey finds. */
async function survey(service: GrpcService, nowMs: number): Promise<readonly DayCount[] | undefined> {
  const stop = new AbortController();
  let found: readonly DayCount[] | undefined;
  const tell = (counts: readonly DayCount[] | undefined) => {
    found = counts;
    stop.abort();
  };
  await surveyToday(service, tell, { signal: stop.signal, now: () => nowMs });
  return found;
}

test("What today has brought is told by service and method, and yesterday is not", async () => {
  const db = await testDatabase();
  const observer = createMetrics({ version: "0" }).ingest;
  const ingest = new Ingest({ database: db.database, limits: DEFAULT_LIMITS, observer, closeLimitMs: 5_000 });
  const service = countGrpcService({ database: db.database, ingest });
  try {
    const nowMs = Date.now();
    const sent = (async function* () {
      for (const [service, method, daysBack] of [
        ["shop", Method.GET, 0],
        ["shop", Method.GET, 0],
        ["", Method.POST, 0],
        ["shop", Method.GET, 1],
      ] as const) {
        const requestTimestamp = timestampFromMs(nowMs - daysBack * 86_400_000);
        yield create(AddRequestSchema, { service, method, path: "/", requestTimestamp });
      }
    })();
    await callAddInProcess(service, sent, { signal: new AbortController().signal });
    expect(await survey(service, nowMs)).toEqual([
      { service: "shop", method: "GET", count: 2 },
      { service: "", method: "POST", count: 1 },
    ]);
  } finally {
    await ingest.close();
    await db.close();
  }
});

test("Where nothing can be asked there are no samples of today", async () => {
  const registry = new Registry();
  const tell = todayMetrics(registry);
  tell([{ service: "shop", method: "GET", count: 2 }]);
  expect(await registry.metrics()).toContain('count_today_requests{service="shop",method="GET"} 2\n');
  expect(await survey({ definition: {}, implementation: {} }, Date.now())).toBeUndefined();
  tell(undefined);
  expect(await registry.metrics()).not.toContain("count_today_requests{");
});
