import type { DescMethod } from "@bufbuild/protobuf";
import { CountService } from "@count/proto";
import { Metadata } from "@grpc/grpc-js";
import type { CallContext } from "../api/calls.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import { type Address, isLoopback } from "../config/address.ts";
import { callAddInProcess, callUnaryInProcess } from "../rpc/call-in-process.ts";
import { setCaller } from "../rpc/caller.ts";
import type { Credentials } from "../rpc/credentials.ts";
import type { GrpcService } from "../rpc/grpc-service.ts";
import { toServiceError } from "../rpc/status.ts";
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
  {
    config,
    logger,
    metrics,
    releases,
    tracing,
    version,
  }: Pick<StartContext, "config" | "logger" | "metrics" | "releases" | "tracing" | "version">,
  credentials: Credentials | undefined,
  auth: Authenticator,
  service: () => GrpcService,
): Promise<Address | undefined> {
  if (config.webAddress === undefined) return undefined;
  const site = await startSite({
    address: config.webAddress,
    credentials,
    localHostsOnly: !config.insecure && !auth.required && isLoopback(config.webAddress),
    files: readStaticFiles(pageFolder()),
    auth,
    call: async (method, request, options) => {
      const call = async () => callUnaryInProcess(service(), method, request, admitted(auth, method, options));
      if (tracing === undefined) return call();
      const attributes = { "rpc.service": method.parent.typeName, "rpc.method": method.name };
      return tracing.span(`${method.parent.typeName}/${method.name}`, { kind: "server", attributes }, call);
    },
    around: tracing && ((headers, answer) => tracing.from(headers, answer)),
    add: async (requests, options) =>
      callAddInProcess(service(), requests, admitted(auth, CountService.method.add, options)),
    version,
    maxMessageBytes: config.grpc.maxMessageBytes,
    onRequest: (route) => metrics.http(route),
    onError: (error, path) => logger.error({ err: error, path }, "HTTP failed"),
  });
  releases.add("the page and the API", () => site.close(CLOSE_MS));
  return site.address;
}

/** Lets a call through as `rpc/authentication.ts` does for gRPC. @throws ServiceError when the caller may not make it */
function admitted(auth: Authenticator, { parent, name }: DescMethod, context: CallContext) {
  const metadata = new Metadata();
  try {
    setCaller(metadata, auth.admit(`/${parent.typeName}/${name}`, context.shown));
  } catch (error) {
    throw toServiceError(error);
  }
  return { ...context, metadata };
}
