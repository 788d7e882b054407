import type { ServerUnaryCall, ServerWritableStream, ServiceDefinition, sendUnaryData } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import { service as definition } from "grpc-health-check";
import type { GrpcService } from "./grpc-service.ts";
import { OpenCalls } from "./open-calls.ts";

interface Request {
  readonly service: string;
}
interface Answer {
  readonly status: "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN";
}
type Watch = ServerWritableStream<Request, Answer>;

const ALIVE: Answer = Object.freeze({ status: "SERVING" });

/**
 * The name under which the process itself is asked for: always SERVING, since whoever answers is alive. A liveness probe that
 * asked for the server ("") would kill it whenever its database is away.
 */
export const LIVENESS = "liveness";

/**
 * The standard health service (grpc.health.v1), for the server as a whole ("") and for named services, which all have
 * the same state, and for {@link LIVENESS}. The class of grpc-health-check is not used: it keeps an entry for every name
 * that a client ever watched, and its watches, which never end by themselves, would hold up draining.
 */
export class Health implements GrpcService {
  readonly definition = definition as unknown as ServiceDefinition;
  readonly #names: ReadonlySet<string>;
  readonly #watches = new OpenCalls<Watch>();
  #serving = false;
  #wasServing = false;

  /** Not serving at first. `services` are full names, such as `count.v1.CountService`. */
  constructor(services: readonly string[]) {
    this.#names = new Set(["", ...services]);
  }

  /** Whether it ever was serving, so that somebody may have taken notice. */
  get wasServing(): boolean {
    return this.#wasServing;
  }

  /** Tells those who watch, when it is a change. */
  set(serving: boolean): void {
    if (serving === this.#serving) return;
    this.#serving = serving;
    this.#wasServing ||= serving;
    for (const call of this.#watches) {
      if (this.#names.has(call.request.service)) call.write(this.#answer());
    }
  }

  /** Ends every watch. */
  end(): void {
    this.#watches.end();
  }

  readonly implementation = {
    check: ({ request }: ServerUnaryCall<Request, Answer>, callback: sendUnaryData<Answer>) => {
      if (request.service === LIVENESS) callback(null, ALIVE);
      else if (this.#names.has(request.service)) callback(null, this.#answer());
      else
        callback({ code: status.NOT_FOUND, details: `service ${JSON.stringify(request.service)} is not known here` });
    },
    // By the protocol an unknown service is watched as well, since it may be added later: here none is.
    watch: (call: Watch) => {
      this.#watches.add(call);
      if (call.request.service === LIVENESS) call.write(ALIVE);
      else call.write(this.#names.has(call.request.service) ? this.#answer() : { status: "SERVICE_UNKNOWN" });
    },
    list: (_call: ServerUnaryCall<object, unknown>, callback: sendUnaryData<unknown>) => {
      const statuses = Object.fromEntries([...this.#names].map((name) => [name, this.#answer()]));
      callback(null, { statuses: { ...statuses, [LIVENESS]: ALIVE } });
    },
  };

  #answer(): Answer {
    return { status: this.#serving ? "SERVING" : "NOT_SERVING" };
  }
}
