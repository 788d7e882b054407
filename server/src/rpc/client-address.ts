import { isIPv6 } from "node:net";

/**
 * What stands for a client that has shown nothing else: its address. Of IPv6 the first 64 bits, since whoever has one address
 * has as many as he likes. Undefined is a Unix socket, whose other side is this machine.
 */
export function clientAddress(address: string | undefined): string {
  if (address === undefined) return "this machine";
  // An IPv4 address at a socket that takes both.
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = "", tail] = (address.split("%", 1)[0] ?? "").split("::", 2);
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  const all = [...groups, ...new Array<string>(missing).fill("0"), ...after];
  return `${all.slice(0, 4).join(":")}::/64`;
}
