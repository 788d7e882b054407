import { type Address, isLoopback } from "../config/address.ts";
import { callAddInProcess, callUnaryInProcess } from "../rpc/call-in-process.ts";
import type { Credentials } from "../rpc/credentials.ts";
import type { GrpcService } from "../rpc/grpc-service.ts";
import { startSite } from "../site/site.ts";
import { pageFolder, readStaticFiles } from "../site/static-files.ts";
import type { StartContext } from "./start.ts";

/** For what is under way at the page when the server stops; gRPC has been drained by then. */
const CLOSE_MS = 1_000;

/**
 * Opens the page and the API, unless they are off. What they ask goes the way of gRPC.
 *
 * @param service - the one that is in force at the moment
 */
export async function openSite(
  { config, logger, releases, version }: Pick<StartContext, "config" | "logger" | "releases" | "version">,
  credentials: Credentials | undefined,
  service: () => GrpcService,
): Promise<Address | undefined> {
  if (config.webAddress === undefined) return undefined;
  const site = await startSite({
    address: config.webAddress,
    credentials,
    localHostsOnly: !config.insecure && isLoopback(config.webAddress),
    files: readStaticFiles(pageFolder()),
    call: (method, request, options) => callUnaryInProcess(service(), method, request, options),
    add: (requests, options) => callAddInProcess(service(), requests, options),
    version,
    maxMessageBytes: config.grpc.maxMessageBytes,
    onError: (error, path) => logger.error({ err: error, path }, "HTTP failed"),
  });
  releases.add("the page and the API", () => site.close(CLOSE_MS));
  return site.address;
}
