import { InvalidArgumentError } from "commander";

/** Where `count serve` listens by default. */
export const DEFAULT_SERVER = "127.0.0.1:7777";
const DEFAULT_PORT = 7777;

const SCHEMES = ["dns", "ipv4", "ipv6", "unix", "unix-abstract"];
const HOST = /^(\[[0-9a-fA-F:.]+\]|[^[\]:/\s]+)(?::(\d{1,5}))?$/;

/** The gRPC target of `--server`: `host`, `host:port` (7777 when left out), or a target with one of gRPC's schemes, as it is. */
export function parseServerAddress(text: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):(?!\d+$)(.+)$/.exec(text)?.[1];
  if (scheme !== undefined && SCHEMES.includes(scheme)) return text;
  if (scheme === "http" || scheme === "https") {
    throw new InvalidArgumentError(`Leave out ${scheme}://${scheme === "https" ? " and add --tls" : ""}.`);
  }
  const match = HOST.exec(text);
  const port = Number(match?.[2] ?? DEFAULT_PORT);
  if (match === null || port < 1 || port > 65_535) {
    throw new InvalidArgumentError(
      "It must be host:port such as 127.0.0.1:7777 or [::1]:7777, dns:///host:port or unix:/path.",
    );
  }
  return `${match[1] as string}:${port}`;
}

/** Whether the target is certainly on this machine. */
export function isLocal(target: string): boolean {
  return /^(?:unix(?:-abstract)?:|localhost:|127\.\d+\.\d+\.\d+:|\[::1\]:)/.test(target);
}
