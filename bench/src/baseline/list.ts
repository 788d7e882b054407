import { create } from "@bufbuild/protobuf";
import {
  dayOf,
  type ListDailyTotalsRequest,
  type ListDailyTotalsResponse,
  ListDailyTotalsResponseSchema,
  MethodCountSchema,
  methodFromName,
  toDate,
} from "@count/proto";
import { type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import pg from "pg";

interface Row {
  readonly method: string;
  readonly path: string;
  readonly day: number;
  readonly total: string;
}

/** Dates as days since 1970-01-01, so that node-postgres's local midnights stay out of it. */
const TEXT = `
select m.method, m.path, t.date - date '1970-01-01' as day, t.total
from baseline.daily_method_totals t join baseline.methods m on m.id = t.method_id
where t.date between date '1970-01-01' + $1::int and date '1970-01-01' + $2::int
order by t.date, m.path, m.method`;

/** ListDailyTotals read row by row, with a protobuf-es message for each. */
export function listHandler(pool: pg.Pool) {
  return (
    call: ServerUnaryCall<ListDailyTotalsRequest, ListDailyTotalsResponse>,
    answer: sendUnaryData<ListDailyTotalsResponse>,
  ): void => {
    list(pool, call.request).then(
      (response) => answer(null, response),
      (error: unknown) => answer({ code: status.INTERNAL, details: String(error) }),
    );
  };
}

async function list(pool: pg.Pool, request: ListDailyTotalsRequest): Promise<ListDailyTotalsResponse> {
  const { startDate, endDate } = request;
  if (startDate === undefined || endDate === undefined) throw new TypeError("a date is missing");
  const client = await pool.connect();
  try {
    const response = create(ListDailyTotalsResponseSchema);
    const query = client.query(new pg.Query<Row>({ text: TEXT, values: [dayOf(startDate), dayOf(endDate)] }));
    await new Promise<void>((resolve, reject) => {
      query.on("row", ({ method, path, day, total }: Row) => {
        const date = toDate(day);
        response.methodCounts.push(
          create(MethodCountSchema, { method: methodFromName(method), path, count: BigInt(total), date }),
        );
      });
      query.on("end", () => resolve());
      query.on("error", reject);
    });
    return response;
  } finally {
    client.release();
  }
}
