import { connect } from "node:tls";
import { judgeValidity, type Validity } from "./certificate.ts";
import { type Finding, skipped, warning } from "./finding.ts";

const ID = "server.certificate";

/**
 * The dates of the certificate that a server shows. It is read on a connection of its own, which verifies nothing and on
 * which nothing is sent: whether it is trusted is told by the calls, which do verify.
 *
 * @param target gRPC's: `host:port`, `dns:///host:port`, `unix:/path`
 */
export async function checkServerCertificate(target: string, nowMs: number, signal: AbortSignal): Promise<Finding> {
  const where = addressOf(target);
  if (where === undefined) return skipped(ID, `not looked at: ${target} is no host and port`);
  try {
    return judgeValidity(ID, `the certificate of ${target}`, await shown(where, signal), nowMs);
  } catch (error) {
    return warning(
      ID,
      `the certificate of ${target} could not be seen: ${(error as Error).message}`,
      "If the server asks for client certificates, look at its file with openssl x509 -enddate.",
    );
  }
}

interface Where {
  readonly host: string;
  readonly port: number;
}

function addressOf(target: string): Where | undefined {
  const match = /^(?:dns:(?:\/\/[^/]*\/)?)?(?:\[([^\]]+)\]|([^:/]+)):(\d+)$/.exec(target);
  return match === null ? undefined : { host: (match[1] ?? match[2]) as string, port: Number(match[3]) };
}

function shown({ host, port }: Where, signal: AbortSignal): Promise<Validity> {
  return new Promise((resolve, reject) => {
    // Not verified on purpose: an expired certificate is what is looked for.
    const socket = connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ["h2"], servername: nameOf(host) });
    const stop = (): void => void socket.destroy(new Error("no answer in time"));
    signal.addEventListener("abort", stop, { once: true });
    socket.on("error", reject);
    socket.on("close", () => {
      signal.removeEventListener("abort", stop);
      reject(new Error("the connection was closed"));
    });
    socket.on("secureConnect", () => {
      const { valid_from, valid_to } = socket.getPeerCertificate();
      resolve({ validFrom: new Date(valid_from), validTo: new Date(valid_to) });
      socket.destroy();
    });
  });
}

/** An address is no name: TLS forbids it in the handshake's server name. */
function nameOf(host: string): string {
  return /^[\d.]+$|:/.test(host) ? "" : host;
}
