import type { AddRequest } from "@count/proto";
import { DEFAULT_LIMITS } from "../../src/domain/limits.ts";
import { Ingest } from "../../src/ingest/ingest.ts";
import { createMetrics } from "../../src/observability/metrics.ts";
import { callAddInProcess, callUnaryInProcess } from "../../src/rpc/call-in-process.ts";
import { countGrpcService } from "../../src/rpc/count-service.ts";
import { testDatabase } from "../support/database.ts";
import { withSite } from "./site-support.ts";

export interface RealSite {
  readonly url: string;
  /** Counts requests, and waits until they are stored. */
  readonly add: (requests: readonly AddRequest[]) => Promise<void>;
}

/** A site on the real service with a database of its own. */
export async function withRealSite(use: (site: RealSite) => Promise<void>): Promise<void> {
  const db = await testDatabase();
  const observer = createMetrics({ version: "0" }).ingest;
  const ingest = new Ingest({ database: db.database, limits: DEFAULT_LIMITS, observer, closeLimitMs: 5_000 });
  const service = countGrpcService({ database: db.database, ingest });
  const add = async (requests: readonly AddRequest[]) => {
    const messages = (async function* () {
      yield* requests;
    })();
    await callAddInProcess(service, messages, { signal: new AbortController().signal });
  };
  try {
    await withSite(
      () => ({}),
      ({ url }) => use({ url, add }),
      {
        call: (method, request, options) => callUnaryInProcess(service, method, request, options),
        add: (messages, options) => callAddInProcess(service, messages, options),
      },
    );
  } finally {
    await ingest.close();
    await db.close();
  }
}
