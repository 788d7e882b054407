import { execFile } from "node:child_process";
import { once } from "node:events";
import { copyFile, readFile, rm } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { openCredentials } from "../../src/rpc/credentials.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { TWO_DAYS, withSite } from "./site-support.ts";

const run = promisify(execFile);

/** A certificate for localhost that signs itself. */
async function certificate(folder: string, name: string): Promise<void> {
  const key = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    join(folder, `${name}.key`),
  ];
  const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost"];
  await run("openssl", ["req", "-x509", "-days", "2", ...key, ...subject, "-out", join(folder, `${name}.crt`)]);
}

/** The name in the certificate that is shown, and what the API answers. */
async function ask(port: number, ca: Buffer): Promise<readonly [string, number | undefined]> {
  const asked = request({ host: "localhost", port, path: "/api/v1/totals", ca, agent: false });
  asked.end();
  const [response] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
  const { socket } = response;
  const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : "plain text";
  await text(response);
  return [String(name), response.statusCode];
}

test("The page and the API speak HTTPS with the certificate of gRPC, and with the next one once the files have changed", async () => {
  const folder = await temporaryFolder("count-site-tls-");
  await Promise.all([certificate(folder, "first"), certificate(folder, "second")]);
  const [certFile, keyFile] = [join(folder, "tls.crt"), join(folder, "tls.key")];
  const use = async (name: string) => {
    await copyFile(join(folder, `${name}.key`), keyFile);
    await copyFile(join(folder, `${name}.crt`), certFile);
  };
  await use("first");
  const log = { info: () => undefined, warn: () => undefined };
  const credentials = await openCredentials({ certFile, keyFile, clientCaFile: undefined }, { refreshMs: 20, log });
  try {
    await withSite(
      () => TWO_DAYS,
      async ({ port }) => {
        expect(await ask(port, await readFile(join(folder, "first.crt")))).toEqual(["first", 200]);
        const changed = new Promise<void>((resolve) => credentials.watch(() => resolve()));
        await use("second");
        await changed;
        expect(await ask(port, await readFile(join(folder, "second.crt")))).toEqual(["second", 200]);
        // Plain text gets no answer, and harms nobody.
        await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
        expect((await ask(port, await readFile(join(folder, "second.crt"))))[1]).toBe(200);
      },
      { credentials },
    );
  } finally {
    credentials.close();
    await rm(folder, { recursive: true });
  }
});
