import type { Authenticator, Shown } from "../auth/authenticator.ts";
import { ANYONE, type Identity } from "../auth/identity.ts";
import { needOf } from "../auth/scope.ts";
import { clientAddress } from "./client-address.ts";
import type { ClientLimits, Entry } from "./client-limits.ts";

/** Who was let in, and with what. */
export interface Admitted {
  readonly identity: Identity;
  readonly entry: Entry;
}

const UNLIMITED: Entry = Object.freeze({ batches: undefined, messages: undefined, leave: () => undefined });

/** Decides on every call, over gRPC and over HTTP: who makes it, whether that one may, and whether there is room for it. */
export class Admission {
  readonly authenticator: Authenticator;
  readonly #limits: ClientLimits;

  constructor(authenticator: Authenticator, limits: ClientLimits) {
    this.authenticator = authenticator;
    this.#limits = limits;
  }

  /**
   * Lets a call of a gRPC method (`/count.v1.CountService/Add`) in. Who is let in must leave.
   *
   * @throws CountError `unauthenticated`, `forbidden`, `exhausted`
   */
  enter(method: string, shown: Shown): Admitted {
    // A probe of health is neither asked nor limited: a server that is busy is none to be restarted.
    if (needOf(method) === "nothing") return { identity: ANYONE, entry: UNLIMITED };
    const identity = this.authenticator.admit(method, shown);
    const client = () => (identity === ANYONE ? clientAddress(shown.address?.()) : identity.name);
    return { identity, entry: this.#limits.enter(client) };
  }
}
