import { CountError } from "../domain/count-error.ts";
import type { ShownCertificate } from "./certificate-names.ts";
import type { Identities } from "./identities.ts";
import { ANYONE, holds, type Identity } from "./identity.ts";
import { needOf } from "./scope.ts";
import { bearerToken } from "./token.ts";

/** What a caller shows of itself. A token goes before a certificate. */
export interface Shown {
  /** The header or metadata of this name: `Bearer <token>`. */
  readonly authorization?: string | undefined;
  /** The certificate of its connection, if one was asked for and verified. Asked only when it is needed: it costs. */
  readonly certificate?: (() => ShownCertificate | undefined) | undefined;
  /** The address of its connection; undefined for a Unix socket. Asked only for a refusal, and where clients are limited. */
  readonly address?: (() => string | undefined) | undefined;
}

/** Why a caller was refused; for metrics. */
export const AUTH_REFUSALS = [
  "nothing_shown",
  "not_bearer",
  "token_unknown",
  "certificate_unknown",
  "scope_missing",
] as const;
export type AuthRefusal = (typeof AUTH_REFUSALS)[number];

const AS_BEARER = 'as "authorization: Bearer" and the token';

/** Says who calls, and whether it may. */
export interface Authenticator {
  /** Whether callers have to show who they are. False: everybody is {@link ANYONE}. */
  readonly required: boolean;
  /** @throws CountError `unauthenticated`, saying what is missing; never with what was shown. */
  authenticate(shown: Shown): Identity;
  /**
   * Who makes a call of a gRPC method (`/count.v1.CountService/Add`), if it may. {@link ANYONE} for methods that are open to
   * all, such as those of the health service, whatever is shown.
   *
   * @throws CountError `unauthenticated`, or `forbidden` naming the scope that is missing.
   */
  admit(method: string, shown: Shown): Identity;
  /** Whether an identity that was given out is still what it was. */
  isInForce(identity: Identity): boolean;
  /** Called whenever identities have come, changed or gone. */
  watch(listener: () => void): void;
}

/** For a server that asks nobody who he is. */
export const OPEN_TO_ALL: Authenticator = Object.freeze({
  required: false,
  authenticate: () => ANYONE,
  admit: () => ANYONE,
  isInForce: () => true,
  watch: () => undefined,
});

export interface AuthenticatorOptions {
  /** Those in force at the moment. */
  readonly identities: () => Identities;
  readonly watch: (listener: () => void) => void;
  /** Whether connections show certificates; for messages. */
  readonly mutual: boolean;
  /** Told of each refusal. `message` is what the caller is told. Must not throw. */
  readonly onRefusal?: (refusal: {
    readonly reason: AuthRefusal;
    readonly message: string;
    readonly address: string;
  }) => void;
}

/** An authenticator over a changing list of identities. */
export function authenticatorOf({ identities, watch, mutual, onRefusal }: AuthenticatorOptions): Authenticator {
  let inForce = new Set<Identity>();
  const learn = () => {
    inForce = new Set(identities().entries.map(({ identity }) => identity));
  };
  learn();
  watch(learn);
  const refuse = ({ address }: Shown, reason: AuthRefusal, message: string): never => {
    onRefusal?.({ reason, message, address: address?.() ?? "unknown" });
    throw new CountError(reason === "scope_missing" ? "forbidden" : "unauthenticated", message);
  };
  const authenticate = (shown: Shown): Identity => {
    const { authorization } = shown;
    if (authorization !== undefined) {
      const token = bearerToken(authorization);
      if (token === undefined) {
        return refuse(shown, "not_bearer", 'authorization is not "Bearer" and a token');
      }
      return identities().ofToken(token) ?? refuse(shown, "token_unknown", "the token is not known here");
    }
    const certificate = mutual ? shown.certificate?.() : undefined;
    if (certificate === undefined) return refuse(shown, "nothing_shown", `a token is required, ${AS_BEARER}`);
    return (
      identities().ofCertificate(certificate) ??
      refuse(
        shown,
        "certificate_unknown",
        `no name of the certificate is known here, and there is no token, ${AS_BEARER}`,
      )
    );
  };
  const admit = (method: string, shown: Shown): Identity => {
    const need = needOf(method);
    if (need === "nothing") return ANYONE;
    const identity = authenticate(shown);
    if (need === "identity" || holds(identity, need)) return identity;
    const { name, scopes } = identity;
    const call = method.slice(method.lastIndexOf("/") + 1);
    const has = [...scopes].join(", ");
    return refuse(shown, "scope_missing", `"${name}" may not call ${call}: it needs the scope ${need}, and has ${has}`);
  };
  return {
    required: true,
    authenticate,
    admit,
    isInForce: (identity) => identity === ANYONE || inForce.has(identity),
    watch,
  };
}
