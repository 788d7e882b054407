import { create } from "@bufbuild/protobuf";
import {
  type CountDailyTotalsRequest,
  CountDailyTotalsRequestSchema,
  type CountDailyTotalsResponse,
  countService,
  type GetPeriodTotalsRequest,
  GetPeriodTotalsRequestSchema,
  type GetPeriodTotalsResponse,
} from "@count/proto";
import { Client, credentials, type MethodDefinition, type ServiceError, status } from "@grpc/grpc-js";
import type { RunningServer } from "../process/count-server.ts";
import type { Releases } from "../run/releases.ts";
import type { Target } from "./target.ts";

/** How long counting what a run stored may take: a roll-up of millions of rows, in milliseconds. */
const ROLL_UP_LIMIT_MS = 300_000;

/** Another count.v1 server. Its tables are its own affair, so it is asked over the protocol. */
export function peerTarget({ address, pid }: RunningServer, releases: Releases): Target {
  const client = new Client(address, credentials.createInsecure());
  releases.add(() => client.close());
  return {
    name: "peer",
    address,
    pid,
    mayFail: true,
    async stored() {
      // The year, so that a run over midnight is counted as well; and the one before, for the last of them.
      const year = new Date().getUTCFullYear();
      return (await requestsOf(client, year - 1)) + (await requestsOf(client, year));
    },
    clear: () => Promise.resolve(),
  };
}

async function requestsOf(client: Client, year: number): Promise<number> {
  const date = { year, month: 0, day: 0 };
  await unary<CountDailyTotalsRequest, CountDailyTotalsResponse>(
    client,
    countService.countDailyTotals,
    create(CountDailyTotalsRequestSchema, { date }),
  );
  const totals = await unary<GetPeriodTotalsRequest, GetPeriodTotalsResponse>(
    client,
    countService.getPeriodTotals,
    create(GetPeriodTotalsRequestSchema, { period: date }),
  ).catch((error: unknown) => {
    if ((error as ServiceError).code === status.NOT_FOUND) return { methodCounts: [] };
    throw error;
  });
  return totals.methodCounts.reduce((sum, { count }) => sum + Number(count), 0);
}

function unary<Request, Response>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
  request: Request,
): Promise<Response> {
  const options = { deadline: Date.now() + ROLL_UP_LIMIT_MS };
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, options, (error, response) => {
      if (error !== null) reject(error);
      else if (response === undefined) reject(new Error(`${path} answered nothing`));
      else resolve(response);
    });
  });
}
