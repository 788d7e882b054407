import { execFileSync } from "node:child_process";

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** A key and a certificate of a minute's making, for a server that its clients do not verify. */
export function certificate(): { key: string; cert: string } {
  const args = ["req", "-x509", ...NEW_KEY, "-subj", "/CN=localhost", "-days", "1", "-keyout", "-", "-out", "-"];
  const pem = execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] }).toString();
  const at = pem.indexOf("-----BEGIN CERTIFICATE");
  return { key: pem.slice(0, at), cert: pem.slice(at) };
}
