import type { AddressInfo, Server } from "node:net";
import { type Address, formatAddress } from "../config/address.ts";
import { CountError } from "../domain/count-error.ts";

/**
 * Makes a server listen.
 *
 * @returns the address with the real port.
 * @throws CountError that says what to do: `unavailable` for an address in use, `invalid` for one that cannot be had.
 */
export async function bind(server: Server, address: Address): Promise<Address> {
  const { host, port } = address;
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(bindError(error, address));
    server.once("error", failed);
    const bound = () => {
      server.off("error", failed);
      resolve();
    };
    // Without a host node listens on every interface, over IPv6 and IPv4.
    if (host === "") server.listen(port, bound);
    else server.listen(port, host, bound);
  });
  return { host, port: (server.address() as AddressInfo).port };
}

function bindError(error: NodeJS.ErrnoException, address: Address): CountError {
  const where = formatAddress(address);
  switch (error.code) {
    case "EADDRINUSE":
      return new CountError(
        "unavailable",
        `${where} is in use by another program, perhaps another Count: stop it, or choose another address`,
        error,
      );
    case "EACCES":
      return new CountError("invalid", `${where} may not be used by this user: choose a port above 1023`, error);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new CountError("invalid", `${where} is not an address of this machine (${error.code})`, error);
    default:
      return new CountError("unavailable", `cannot listen at ${where}: ${error.message}`, error);
  }
}
