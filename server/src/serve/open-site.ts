import type { DescMethod } from "@bufbuild/protobuf";
import { CountService } from "@count/proto";
import { Metadata } from "@grpc/grpc-js";
import type { CallContext } from "../api/calls.ts";
import { type Address, isLoopback } from "../config/address.ts";
import { CountError } from "../domain/count-error.ts";
import type { Admission } from "../rpc/admission.ts";
import { callAddInProcess, callUnaryInProcess, type InProcessOptions } from "../rpc/call-in-process.ts";
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
  admission: Admission,
  service: () => GrpcService,
): Promise<Address | undefined> {
  if (config.webAddress === undefined) return undefined;
  const site = await startSite({
    address: config.webAddress,
    credentials,
    localHostsOnly: !config.insecure && !admission.authenticator.required && isLoopback(config.webAddress),
    files: readStaticFiles(pageFolder()),
    auth: admission.authenticator,
    call: async (method, request, options) => {
      const call = () =>
        admitted(admission, method, options, (inside) => callUnaryInProcess(service(), method, request, inside));
      if (tracing === undefined) return call();
      const attributes = { "rpc.service": method.parent.typeName, "rpc.method": method.name };
      return tracing.span(`${method.parent.typeName}/${method.name}`, { kind: "server", attributes }, call);
    },
    around: tracing && ((headers, answer) => tracing.from(headers, answer)),
    add: (requests, options) =>
      admitted(admission, CountService.method.add, options, (inside) => callAddInProcess(service(), requests, inside)),
    version,
    maxMessageBytes: config.grpc.maxMessageBytes,
    onRequest: (route) => metrics.http(route),
    onLimited: metrics.limited,
    onError: (error, path) => logger.error({ err: error, path }, "HTTP failed"),
  });
  releases.add("the page and the API", () => site.close(CLOSE_MS));
  return site.address;
}

/** Lets a call in as `rpc/admit-calls.ts` does for gRPC. @throws ServiceError when the caller may not make it */
async function admitted<Result>(
  admission: Admission,
  { parent, name }: DescMethod,
  context: CallContext,
  make: (inside: InProcessOptions) => Promise<Result>,
): Promise<Result> {
  const metadata = new Metadata();
  let leave = (): void => undefined;
  try {
    const entered = admission.enter(`/${parent.typeName}/${name}`, context.shown);
    setCaller(metadata, entered);
    leave = entered.entry.leave;
    return await make({ ...context, metadata });
  } catch (error) {
    throw error instanceof CountError ? toServiceError(error) : error;
  } finally {
    leave();
  }
}
