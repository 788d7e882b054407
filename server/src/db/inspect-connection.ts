import { TLSSocket } from "node:tls";
import pg from "pg";
import { cancelled } from "./backoff.ts";
import { type ConnectionSettings, connectionConfig } from "./connection-config.ts";

/** How a connection to a database is protected, seen from this side: a pooler in between is what is spoken to. */
export interface ConnectionSecurity {
  /** `TLSv1.3`; undefined: plain text. */
  readonly protocol: string | undefined;
  /** The certificate names the host, and an authority that is trusted has signed it. */
  readonly verified: boolean;
  /** End of the certificate's validity; undefined without TLS. */
  readonly validTo: Date | undefined;
}

/** Connects once, to see how the connection is protected. @throws what node-postgres throws; CountError `cancelled` */
export async function inspectConnection(
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<ConnectionSecurity> {
  const client = new pg.Client(connectionConfig(settings));
  client.on("error", () => undefined);
  const stop = (): void => void client.connection.stream.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await client.connect();
    const socket: unknown = client.connection.stream;
    if (!(socket instanceof TLSSocket)) return { protocol: undefined, verified: false, validTo: undefined };
    return {
      protocol: socket.getProtocol() ?? "TLS",
      verified: socket.authorized,
      validTo: new Date(socket.getPeerCertificate().valid_to),
    };
  } catch (error) {
    throw signal.aborted ? cancelled(signal) : error;
  } finally {
    signal.removeEventListener("abort", stop);
    await client.end().catch(() => undefined);
  }
}
