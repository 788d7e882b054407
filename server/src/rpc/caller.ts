import type { Metadata } from "@grpc/grpc-js";
import { ANYONE, type Identity } from "../auth/identity.ts";
import type { Admitted } from "./admission.ts";
import type { Pace } from "./client-limits.ts";

/** A handler gets the very object of metadata that the interceptor has seen; nothing else of a call reaches both. */
const callers = new WeakMap<Metadata, Admitted>();

type Call = { readonly metadata: Metadata };

/** Remembers who makes the call that has this metadata. */
export function setCaller(metadata: Metadata, admitted: Admitted): void {
  callers.set(metadata, admitted);
}

/** Who makes a call, for its handler. */
export function callerOf({ metadata }: Call): Identity {
  return callers.get(metadata)?.identity ?? ANYONE;
}

/** How fast messages of a call are taken in; undefined: as they come. */
export function paceOf({ metadata }: Call, what: "batches" | "messages"): Pace | undefined {
  return callers.get(metadata)?.entry[what];
}

/** The services that the caller may look at; undefined: all. A read is filtered by them. */
export function allowedServices(call: Call): ReadonlySet<string> | undefined {
  return callerOf(call).services;
}
