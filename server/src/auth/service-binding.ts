import { RefusalReason } from "@count/proto";
import { type Refusal, refusal } from "../domain/refusal.ts";
import type { Identity } from "./identity.ts";

/** Names in a refusal; more are left out. */
const MAX_NAMES = 5;

/** Which services a caller may count for. Services are bytes of UTF-8 as Latin-1 strings, as ingest has them. */
export interface ServiceBinding {
  /**
   * The service under which a request is counted that says `service`: the same, or the caller's own where the request says
   * none and the caller has just one; or why it is refused.
   */
  serviceOf(service: string): string | Refusal;
}

const bindings = new WeakMap<Identity, ServiceBinding>();

/** The binding of an identity; undefined for one that may count for all services. */
export function bindingOf(identity: Identity): ServiceBinding | undefined {
  if (identity.services === undefined) return undefined;
  let binding = bindings.get(identity);
  if (binding === undefined) {
    binding = bind(identity.name, identity.services);
    bindings.set(identity, binding);
  }
  return binding;
}

function bind(name: string, services: ReadonlySet<string>): ServiceBinding {
  const allowed = new Set([...services].map((service) => Buffer.from(service).toString("latin1")));
  const own = allowed.size === 1 ? [...allowed][0] : undefined;
  return {
    serviceOf: (service) => {
      if (allowed.has(service)) return service;
      if (service === "" && own !== undefined) return own;
      const said = JSON.stringify(Buffer.from(service, "latin1").toString());
      const message = `service ${said} is forbidden to "${name}"; accepted ${listed([...services])}`;
      return refusal(RefusalReason.SERVICE_FORBIDDEN, message);
    },
  };
}

function listed(services: readonly string[]): string {
  const names = services.slice(0, MAX_NAMES).map((service) => JSON.stringify(service));
  const more = services.length - names.length;
  return `${services.length === 1 ? "is" : "are"} ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
