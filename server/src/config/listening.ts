import { type Address, isLoopback } from "./address.ts";
import type { SettingKey, SettingValues } from "./settings.ts";

/** A sentence about the settings that it names. */
type Say = (why: string, ...keys: readonly SettingKey[]) => void;

/**
 * What beyond the loopback interface is served in plain text, or to whoever can connect, must be meant so: it needs TLS and
 * somebody who is asked who he is, or `--insecure`.
 */
export function listeningFaults(values: SettingValues, say: Say): void {
  const { grpcAddress, webAddress, tlsCertFile, tlsKeyFile, tlsClientCaFile, authFile, insecure } = values;
  if (insecure) return;
  const isPlain = tlsCertFile === undefined && tlsKeyFile === undefined;
  const isOpen = authFile === undefined && tlsClientCaFile === undefined;
  const listeners: readonly (readonly [SettingKey, Address | undefined, string, string])[] = [
    ["grpcAddress", grpcAddress, "count.v1 needs", "it"],
    ["webAddress", webAddress, "the page and the API need", "them"],
  ];
  for (const [key, address, needs, what] of listeners) {
    if (address === undefined || isLoopback(address)) continue;
    const beyond = `beyond the loopback interface ${needs}`;
    if (isPlain) {
      const why = `${beyond} TLS, or --insecure (COUNT_INSECURE=true) to serve ${what} in plain text`;
      say(why, key, "tlsCertFile", "insecure");
    }
    if (isOpen) {
      const why = `${beyond} --auth-file or --tls-client-ca-file, or --insecure (COUNT_INSECURE=true) to serve whoever can connect`;
      say(why, key, "authFile", "tlsClientCaFile", "insecure");
    }
  }
}
