import { SCOPES, type Scope } from "./scope.ts";

/** Who calls, and what it may do. */
export interface Identity {
  /** For people and for limits; several tokens may share one. Not a secret. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The services that it may count for and look at; "" stands for requests without one. Undefined: all. */
  readonly services: ReadonlySet<string> | undefined;
}

/** Whoever calls a server that asks nobody who he is. */
export const ANYONE: Identity = Object.freeze({ name: "anyone", scopes: new Set(SCOPES), services: undefined });

/** Whether an identity has a scope; `admin` has all. */
export function holds({ scopes }: Identity, scope: Scope): boolean {
  return scopes.has(scope) || scopes.has("admin");
}
