/** Where a server listens. */
export interface Address {
  /** A host name, or an IP address without brackets. The empty host is every interface, over IPv4 and IPv6. */
  readonly host: string;
  /** 0 lets the system choose a free port. */
  readonly port: number;
}

const HOST_AND_PORT = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:\s/]*)):(\d{1,5})$/;

/** `127.0.0.1:7777`, `[::1]:7777`, `localhost:7777`, `:7777` (every interface), or undefined when it is none of them. */
export function parseAddress(text: string): Address | undefined {
  const match = HOST_AND_PORT.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  return port > 65_535 ? undefined : { host: match[1] ?? match[2] ?? "", port };
}

/** The inverse of {@link parseAddress}. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * The address under which a program on the same machine reaches a server that listens at `address`: the loopback
 * interface where the server listens on every interface.
 */
export function reachableAddress({ host, port }: Address): Address {
  return { host: host === "" || host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host, port };
}

/** Whether only this machine can connect there. A host name other than `localhost` may resolve to anything, so it counts as open. */
export function isLoopback({ host }: Address): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
