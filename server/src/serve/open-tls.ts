import { type Credentials, certificateTexts, openCredentials } from "../rpc/credentials.ts";
import type { StartContext } from "./start.ts";

/** The TLS files of gRPC and of the page, if there are any, kept up to date and measured. */
export async function openTls({
  config,
  logger,
  metrics,
  releases,
}: Pick<StartContext, "config" | "logger" | "metrics" | "releases">): Promise<Credentials | undefined> {
  const { tls } = config.grpc;
  if (tls === undefined) return undefined;
  const credentials = await openCredentials(tls, { log: logger, onFailure: () => metrics.tls.reloadFailed() });
  releases.add("the TLS files", () => credentials.close());
  metrics.tls.inForce(certificateTexts(credentials.context));
  credentials.watch((context) => metrics.tls.inForce(certificateTexts(context)));
  return credentials;
}
