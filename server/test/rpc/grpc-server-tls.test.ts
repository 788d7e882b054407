import { execFile } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { create } from "@bufbuild/protobuf";
import { CountDailyTotalsRequestSchema, countService } from "@count/proto";
import { ChannelCredentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CountError } from "../../src/domain/count-error.ts";
import { type Credentials, openCredentials } from "../../src/rpc/credentials.ts";
import { fakeService, unary, Wire } from "./grpc-server-support.ts";

const openssl = promisify(execFile);
const ASK = create(CountDailyTotalsRequestSchema);
const OK = { $typeName: "count.v1.CountDailyTotalsResponse", methodCounts: [] };
const REFRESH_MS = 20;

let folder: string;
const path = (...names: string[]) => join(folder, ...names);

async function authority(name: string): Promise<void> {
  await openssl("openssl", [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
    "-subj",
    `/CN=${name}`,
    "-keyout",
    path(`${name}.key`),
    "-out",
    path(`${name}.pem`),
  ]);
}

/** A folder with tls.crt, tls.key and ca.crt, as a Kubernetes Secret has them. */
async function secret(name: string, ca: string, commonName: string): Promise<string> {
  await mkdir(path(name));
  await openssl("openssl", [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
    "-subj",
    `/CN=${commonName}`,
    "-addext",
    "subjectAltName=DNS:localhost,IP:127.0.0.1",
    "-addext",
    "basicConstraints=critical,CA:FALSE",
    "-CA",
    path(`${ca}.pem`),
    "-CAkey",
    path(`${ca}.key`),
    "-keyout",
    path(name, "tls.key"),
    "-out",
    path(name, "tls.crt"),
  ]);
  await cp(path(`${ca}.pem`), path(name, "ca.crt"));
  return path(name);
}

const files = (name: string, mutual = false) => ({
  certFile: path(name, "tls.crt"),
  keyFile: path(name, "tls.key"),
  clientCaFile: mutual ? path(name, "ca.crt") : undefined,
});

/** Puts a file in the place of another without a moment in which there is none. */
async function replace(from: string, to: string, name: string): Promise<void> {
  await cp(path(from, name), path(to, `${name}.new`));
  await rename(path(to, `${name}.new`), path(to, name));
}

/** A log that can be awaited. */
function logs() {
  const lines: string[] = [];
  let heard: (() => void) | undefined;
  const say = (fields: { reason?: string }, text: string) => {
    lines.push(fields.reason ?? text);
    heard?.();
  };
  const until = async (part: string): Promise<void> => {
    while (!lines.some((line) => line.includes(part))) await new Promise<void>((resolve) => (heard = resolve));
  };
  return { lines, until, log: { info: say, warn: say } };
}

/** The name on the certificate that a new connection gets. */
async function presented(port: number): Promise<string> {
  const socket = connect({
    port,
    host: "127.0.0.1",
    servername: "localhost",
    ALPNProtocols: ["h2"],
    rejectUnauthorized: false,
  });
  await once(socket, "secureConnect");
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

async function trusting(ca: string, client?: string): Promise<ChannelCredentials> {
  if (client === undefined) return ChannelCredentials.createSsl(await readFile(path(`${ca}.pem`)));
  return ChannelCredentials.createSsl(
    await readFile(path(`${ca}.pem`)),
    await readFile(path(client, "tls.key")),
    await readFile(path(client, "tls.crt")),
  );
}

async function open(
  net: Wire,
  name: string,
  options: { mutual?: boolean; log?: ReturnType<typeof logs> } = {},
): Promise<Credentials> {
  const { log } = options.log ?? logs();
  const credentials = await openCredentials(files(name, options.mutual), { refreshMs: REFRESH_MS, log });
  net.defer(() => credentials.close());
  return credentials;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "count-tls-"));
  await authority("authority");
  await authority("stranger");
  await secret("first", "authority", "first");
  await secret("second", "authority", "second");
  await secret("client", "authority", "client");
  await secret("strange-client", "stranger", "strange client");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a gRPC server with TLS", () => {
  test("serves those who trust its certificate, and closes what speaks no TLS or no HTTP/2", async () => {
    await using net = new Wire();
    const server = await net.serve({ services: [fakeService()], credentials: await open(net, "first") });
    const client = net.client(server, await trusting("authority"));
    expect(await unary(client, countService.countDailyTotals, ASK)).toEqual(OK);
    const plain = net.client(server);
    expect(String((await unary(plain, countService.countDailyTotals, ASK)) as Error)).toContain("14 UNAVAILABLE");
    const http1 = connect({
      port: server.address.port,
      host: "127.0.0.1",
      servername: "localhost",
      ALPNProtocols: ["http/1.1"],
      rejectUnauthorized: false,
    });
    const [error] = (await once(http1, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
    expect(await unary(client, countService.countDailyTotals, ASK)).toEqual(OK);
  });

  test("refuses a client without a certificate, or with one of a stranger, when there is a client authority", async () => {
    await using net = new Wire();
    const server = await net.serve({
      services: [fakeService()],
      credentials: await open(net, "first", { mutual: true }),
    });
    const known = net.client(server, await trusting("authority", "client"));
    const nameless = net.client(server, await trusting("authority"));
    const strange = net.client(server, await trusting("authority", "strange-client"));
    expect(await unary(known, countService.countDailyTotals, ASK)).toEqual(OK);
    expect(String((await unary(nameless, countService.countDailyTotals, ASK, 2_000)) as Error)).toMatch(
      /14 UNAVAILABLE|4 DEADLINE/,
    );
    expect(String((await unary(strange, countService.countDailyTotals, ASK, 2_000)) as Error)).toMatch(
      /14 UNAVAILABLE|4 DEADLINE/,
    );
  });

  test("shows new connections the new certificate once its files were replaced, and keeps the old connections", async () => {
    await using net = new Wire();
    await cp(path("first"), path("replaced"), { recursive: true });
    const log = logs();
    const server = await net.serve({ services: [fakeService()], credentials: await open(net, "replaced", { log }) });
    const client = net.client(server, await trusting("authority"));
    expect(await unary(client, countService.countDailyTotals, ASK)).toEqual(OK);
    expect(await presented(server.address.port)).toBe("first");
    await replace("second", "replaced", "tls.crt");
    await replace("second", "replaced", "tls.key");
    await log.until("new TLS certificate");
    expect(await presented(server.address.port)).toBe("second");
    expect(await unary(client, countService.countDailyTotals, ASK)).toEqual(OK);
  });

  test("follows the swap of a symbolic link, as Kubernetes updates a Secret", async () => {
    await using net = new Wire();
    await mkdir(path("mount"));
    await symlink(path("first"), path("mount", "..data"));
    for (const name of ["tls.crt", "tls.key", "ca.crt"]) await symlink(join("..data", name), path("mount", name));
    const log = logs();
    const server = await net.serve({ services: [fakeService()], credentials: await open(net, "mount", { log }) });
    expect(await presented(server.address.port)).toBe("first");
    await symlink(path("second"), path("mount", "..data_tmp"));
    await rename(path("mount", "..data_tmp"), path("mount", "..data"));
    await log.until("new TLS certificate");
    expect(await presented(server.address.port)).toBe("second");
  });

  test("keeps the last good certificate while the files do not fit together, warning once", async () => {
    await using net = new Wire();
    await cp(path("first"), path("halfway"), { recursive: true });
    const log = logs();
    const server = await net.serve({ services: [fakeService()], credentials: await open(net, "halfway", { log }) });
    await replace("second", "halfway", "tls.crt");
    await log.until("cannot be used");
    expect(await presented(server.address.port)).toBe("first");
    await replace("second", "halfway", "tls.key");
    await log.until("new TLS certificate");
    expect(await presented(server.address.port)).toBe("second");
    expect(log.lines).toHaveLength(2);
  });
});

describe("openCredentials", () => {
  const { log } = logs();

  test("names the file that cannot be read", async () => {
    const missing = { ...files("first"), keyFile: path("none.key") };
    await expect(openCredentials(missing, { log })).rejects.toEqual(
      new CountError("invalid", `TLS private key file ${path("none.key")} cannot be read: ENOENT`),
    );
  });

  test("refuses a key that is not the certificate's, and an authority that is no certificate", async () => {
    const mixed = { ...files("first"), keyFile: path("second", "tls.key") };
    await expect(openCredentials(mixed, { log })).rejects.toThrow(
      /^TLS certificate file .*first.* and private key file .*second.* cannot be used: .*key values mismatch/,
    );
    await writeFile(path("empty.pem"), "");
    await expect(openCredentials({ ...files("first"), clientCaFile: path("empty.pem") }, { log })).rejects.toEqual(
      new CountError("invalid", `TLS client authority file ${path("empty.pem")} holds no certificate: it is not PEM`),
    );
  });
});
