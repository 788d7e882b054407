import { create } from "@bufbuild/protobuf";
import {
  type AddRequest,
  AddResponseSchema,
  type CountDailyTotalsRequest,
  CountDailyTotalsResponseSchema,
  countService,
  type GetPeriodTotalsRequest,
  GetPeriodTotalsResponseSchema,
  type ListDailyTotalsRequest,
  ListDailyTotalsResponseSchema,
  type MethodCount,
  type QueryTotalsRequest,
  type QueryTotalsResponse,
  type RemoveExpiredRequest,
  type RemoveExpiredResponse,
} from "@count/proto";
import {
  Client,
  credentials,
  type handleClientStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { CountError } from "../../src/domain/count-error.ts";
import { toServiceError } from "../../src/rpc/status.ts";

/** How the fake behaves; each is asked at every call. */
export interface Behaviour {
  /** Why a request is refused. */
  refuse?: (request: AddRequest) => string | undefined;
  /** How many requests of a stream are read before the server is gone. */
  dieAfter?: number;
  /** Streams end with this instead of an answer. */
  failAdd?: CountError;
  /** Requests are taken, and never answered. */
  silent?: boolean;
  /** Hears how many requests are stored, whenever there are more. */
  onStored?: (requests: number) => unknown;
  totals?: readonly MethodCount[];
  /** Answers of RemoveExpired, one each. Undefined: it is not there, as at the original. */
  expired?: (RemoveExpiredResponse | CountError)[];
  /** Answers QueryTotals. Left out: the server is an older one, and does not know it. */
  query?: (request: QueryTotalsRequest) => QueryTotalsResponse;
  /** Errors of the first unary calls, one each. */
  failures?: CountError[];
}

/** A `count.v1` server on a real port that keeps what it gets in memory, and keeps its promises unless told otherwise. */
export class FakeCount implements AsyncDisposable {
  /** What became durable. */
  readonly stored: AddRequest[] = [];
  /** How many `Add` streams there were that had a request. */
  streams = 0;
  readonly dates: CountDailyTotalsRequest[] = [];
  readonly lists: ListDailyTotalsRequest[] = [];
  readonly periods: GetPeriodTotalsRequest[] = [];
  readonly queries: QueryTotalsRequest[] = [];
  readonly behaviour: Behaviour;
  /** `127.0.0.1:port`. */
  address = "";
  readonly #server = new Server();
  #client: Client | undefined;

  private constructor(behaviour: Behaviour) {
    this.behaviour = behaviour;
  }

  static async start(behaviour: Behaviour = {}, secured = ServerCredentials.createInsecure()): Promise<FakeCount> {
    const fake = new FakeCount(behaviour);
    const server = fake.#server;
    server.addService(countService, {
      add: fake.#add,
      countDailyTotals: fake.#countDailyTotals,
      listDailyTotals: fake.#listDailyTotals,
      getPeriodTotals: fake.#getPeriodTotals,
      ...(behaviour.expired && { removeExpired: fake.#removeExpired }),
      ...(behaviour.query === undefined ? {} : { queryTotals: fake.#queryTotals }),
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", secured, (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
    fake.address = `127.0.0.1:${port}`;
    return fake;
  }

  get client(): Client {
    this.#client ??= new Client(this.address, credentials.createInsecure());
    return this.#client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.close();
    this.#server.forceShutdown();
  }

  readonly #add: handleClientStreamingCall<AddRequest, object> = (call, callback) => {
    let read = 0;
    let ended = false;
    const end = (error: ServiceError | null) => {
      if (ended) return;
      ended = true;
      callback(error, create(AddResponseSchema));
    };
    const streamed: AddRequest[] = [];
    call.on("data", (request: AddRequest) => {
      if (ended) return;
      read += 1;
      if (read === 1) this.streams += 1;
      if (read === this.behaviour.dieAfter) {
        ended = true;
        this.#server.forceShutdown();
        return;
      }
      const reason = this.behaviour.refuse?.(request);
      if (reason === undefined) {
        streamed.push(request);
        return;
      }
      this.#store(streamed);
      end(toServiceError(new CountError("invalid", `message ${read}: ${reason}`)));
    });
    call.on("end", () => {
      if (ended || this.behaviour.silent === true) return;
      // The probe of an import is an empty stream: what follows it is what fails.
      if (this.behaviour.failAdd !== undefined && read > 0) {
        end(toServiceError(this.behaviour.failAdd));
        return;
      }
      this.#store(streamed);
      end(null);
    });
    call.on("error", () => undefined);
  };

  #store(requests: readonly AddRequest[]): void {
    this.stored.push(...requests);
    this.behaviour.onStored?.(this.stored.length);
  }

  readonly #countDailyTotals: handleUnaryCall<CountDailyTotalsRequest, object> = (call, callback) => {
    this.dates.push(call.request);
    this.#answer(callback, (methodCounts) => create(CountDailyTotalsResponseSchema, { methodCounts }), false);
  };

  readonly #listDailyTotals: handleUnaryCall<ListDailyTotalsRequest, object> = (call, callback) => {
    this.lists.push(call.request);
    this.#answer(callback, (methodCounts) => create(ListDailyTotalsResponseSchema, { methodCounts }), true);
  };

  readonly #getPeriodTotals: handleUnaryCall<GetPeriodTotalsRequest, object> = (call, callback) => {
    this.periods.push(call.request);
    this.#answer(callback, (methodCounts) => create(GetPeriodTotalsResponseSchema, { methodCounts }), true);
  };

  readonly #removeExpired: handleUnaryCall<RemoveExpiredRequest, object> = (_call, callback) => {
    const answer = this.behaviour.expired?.shift() ?? new CountError("internal", "RemoveExpired was called once more");
    if (answer instanceof CountError) callback(toServiceError(answer));
    else callback(null, answer);
  };

  readonly #queryTotals: handleUnaryCall<QueryTotalsRequest, object> = (call, callback) => {
    this.queries.push(call.request);
    const failure = this.behaviour.failures?.shift();
    if (failure !== undefined) callback(toServiceError(failure));
    else callback(null, this.behaviour.query!(call.request));
  };

  #answer(
    callback: (error: Partial<ServiceError> | null, response?: object) => void,
    response: (totals: MethodCount[]) => object,
    emptyIsNotFound: boolean,
  ): void {
    const failure = this.behaviour.failures?.shift();
    const totals = [...(this.behaviour.totals ?? [])];
    if (failure !== undefined) callback(toServiceError(failure));
    else if (totals.length === 0 && emptyIsNotFound) callback({ code: status.NOT_FOUND, details: "no totals" });
    else callback(null, response(totals));
  }
}
