import { type Authenticator, authenticatorOf, OPEN_TO_ALL } from "../auth/authenticator.ts";
import { openIdentityFile } from "../auth/identity-file.ts";
import { seldom } from "./seldom.ts";
import type { StartContext } from "./start.ts";

/**
 * Who may call, as the file of tokens says, kept up to date and measured. Without one everybody may who can connect; with
 * --tls-client-ca-file that is whoever has a certificate.
 */
export async function openAuth({
  config,
  logger,
  metrics,
  releases,
}: Pick<StartContext, "config" | "logger" | "metrics" | "releases">): Promise<Authenticator> {
  const { authFile } = config;
  if (authFile === undefined) return OPEN_TO_ALL;
  const file = await openIdentityFile(authFile, { log: logger, onFailure: () => metrics.auth.reloadFailed() });
  releases.add("the file of tokens", () => file.close());
  const measure = () => metrics.auth.identities(file.identities.entries.length);
  measure();
  file.watch(measure);
  const warn = seldom((refused, fields: object) => logger.warn({ refused, ...fields }, "callers were refused"));
  return authenticatorOf({
    identities: () => file.identities,
    watch: (listener) => file.watch(listener),
    mutual: config.grpc.tls?.clientCaFile !== undefined,
    onRefusal: ({ reason, message, address }) => {
      metrics.auth.refused(reason);
      warn({ reason, example: message, address });
    },
  });
}
