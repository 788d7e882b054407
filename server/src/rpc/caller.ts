import type { Metadata } from "@grpc/grpc-js";
import { ANYONE, type Identity } from "../auth/identity.ts";

/** A handler gets the very object of metadata that the interceptor has seen; nothing else of a call reaches both. */
const identities = new WeakMap<Metadata, Identity>();

/** Remembers who makes the call that has this metadata. */
export function setCaller(metadata: Metadata, identity: Identity): void {
  identities.set(metadata, identity);
}

/** Who makes a call, for its handler. */
export function callerOf({ metadata }: { readonly metadata: Metadata }): Identity {
  return identities.get(metadata) ?? ANYONE;
}

/** The services that the caller may look at; undefined: all. A read is filtered by them. */
export function allowedServices(call: { readonly metadata: Metadata }): ReadonlySet<string> | undefined {
  return callerOf(call).services;
}
