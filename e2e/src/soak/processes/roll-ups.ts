import { create } from "@bufbuild/protobuf";
import { CountDailyTotalsRequestSchema, countService, DateSchema } from "@count/proto";
import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import type { Random } from "../support/random.ts";

const CALL_LIMIT_MS = 60_000;

/** Rolls up the present year. @throws ServiceError */
export async function rollUpYear(address: string): Promise<void> {
  const client = new Client(address, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = countService.countDailyTotals;
  const date = create(DateSchema, { year: new Date().getUTCFullYear() });
  const request = create(CountDailyTotalsRequestSchema, { date });
  try {
    await new Promise<void>((resolve, reject) => {
      const answer = (error: ServiceError | null): void => (error === null ? resolve() : reject(error));
      const deadline = Date.now() + CALL_LIMIT_MS;
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, { deadline }, answer);
    });
  } finally {
    client.close();
  }
}

/** Roll-ups at random times while everything else goes on; what fails is tried again by the next. */
export class RollUps {
  done = 0;
  readonly #addresses: () => readonly [string, ...string[]];
  readonly #random: Random;
  #timer: NodeJS.Timeout | undefined;
  #current: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(addresses: () => readonly [string, ...string[]], random: Random) {
    this.#addresses = addresses;
    this.#random = random;
    this.#soon();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#current;
  }

  #soon(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(
      () => {
        this.#current = this.#rollUp().then(() => this.#soon());
      },
      this.#random.int(20, 500),
    );
  }

  async #rollUp(): Promise<void> {
    try {
      await rollUpYear(this.#random.pick(this.#addresses()));
      this.done++;
    } catch {
      // The server or the database is away.
    }
  }
}
