import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { AddResponseSchema, Method, type QueryTotalsRequest, QueryTotalsResponseSchema } from "@count/proto";
import type { CallUnary } from "../../src/api/calls.ts";
import { OPEN_TO_ALL } from "../../src/auth/authenticator.ts";
import { formatAddress } from "../../src/config/address.ts";
import { type SiteOptions, startSite } from "../../src/site/site.ts";

export interface TestSite {
  readonly url: string;
  readonly port: number;
  readonly errors: unknown[];
  /** What QueryTotals was asked. */
  readonly asked: QueryTotalsRequest[];
}

type Answer = Exclude<MessageInitShape<typeof QueryTotalsResponseSchema>, { $typeName: string }>;

/** A site on a free port that answers QueryTotals as a test says. */
export async function withSite(
  answer: (request: QueryTotalsRequest, signal: AbortSignal) => Answer | Promise<Answer>,
  use: (site: TestSite) => Promise<void>,
  options: Partial<SiteOptions> = {},
): Promise<void> {
  const errors: unknown[] = [];
  const asked: QueryTotalsRequest[] = [];
  const call = async (_: unknown, request: unknown, { signal }: { signal: AbortSignal }) => {
    asked.push(request as QueryTotalsRequest);
    return create(QueryTotalsResponseSchema, await answer(request as QueryTotalsRequest, signal));
  };
  const site = await startSite({
    address: { host: "127.0.0.1", port: 0 },
    credentials: undefined,
    localHostsOnly: true,
    files: new Map(),
    auth: OPEN_TO_ALL,
    call: call as unknown as CallUnary,
    add: async () => create(AddResponseSchema),
    version: "1.2.3",
    maxMessageBytes: 1_024,
    onError: (error) => errors.push(error),
    ...options,
  });
  try {
    const url = `${options.credentials === undefined ? "http" : "https"}://${formatAddress(site.address)}`;
    await use({ url, port: site.address.port, errors, asked });
  } finally {
    await site.close(0);
  }
}

/** A response of two days, as QueryTotals gives it. */
export const TWO_DAYS = {
  periods: [
    { startTime: { seconds: 1_795_392_000n }, endTime: { seconds: 1_795_478_400n } },
    { startTime: { seconds: 1_795_478_400n }, endTime: { seconds: 1_795_564_800n } },
  ],
  rows: [
    { period: 0, service: "shop", method: Method.GET, path: "/", count: 16n },
    { period: 1, service: "shop", method: Method.GET, path: '=cmd("x")', count: 9_007_199_254_740_993n },
  ],
  total: 9_007_199_254_741_009n,
  pending: 3n,
  completeThrough: { year: 2026, month: 11, day: 23 },
  bucketsFrom: { year: 2026, month: 10, day: 21 },
  snapshotTime: { seconds: 1_795_528_800n, nanos: 5_000_000 },
} satisfies Answer;
