import { CountClientError } from "../count-client-error.ts";

/** Schemes that grpc-js resolves. */
const SCHEMES = /^(dns|ipv4|ipv6|unix|unix-abstract|xds):/;
const HOST_AND_PORT = /^(\[[0-9a-fA-F:.%]+\]|[^\s:/[\]]+):(\d{1,5})$/;

/**
 * `host:port` as a gRPC name whose addresses are all resolved; a gRPC name (`dns:///count:7777`,
 * `ipv4:10.0.0.1:7777,10.0.0.2:7777`, `unix:/run/count.sock`) as it is.
 *
 * @throws CountClientError `invalid` when it is neither.
 */
export function grpcTarget(target: string): string {
  if (SCHEMES.test(target)) return target;
  const port = Number(HOST_AND_PORT.exec(target)?.[2]);
  if (port >= 1 && port <= 65_535) return `dns:///${target}`;
  throw new CountClientError(
    "invalid",
    `target ${JSON.stringify(target)} is not host:port or a gRPC name such as dns:///count:7777`,
  );
}
