import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerCredentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { FakeCount } from "../support/fake-count.ts";
import { runCount } from "../support/run-count.ts";

let folder = "";
const at = (name: string) => join(folder, name);
const pem = (name: string) => readFileSync(at(name));

/** A certificate that is its own authority. */
function certificate(name: string): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at(`${name}.key`)];
  const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const args = ["req", "-x509", "-days", "2", ...key, ...subject, "-out", at(`${name}.pem`)];
  execFileSync("openssl", args, { stdio: "ignore" });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "count-cli-tls-"));
  for (const name of ["server", "client", "stranger"]) certificate(name);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A server that takes only clients with the client's certificate. */
function mutualTls(): Promise<FakeCount> {
  const pair = { cert_chain: pem("server.pem"), private_key: pem("server.key") };
  return FakeCount.start({}, ServerCredentials.createSsl(pem("client.pem"), [pair], true));
}

function rollup(fake: FakeCount, ...args: string[]) {
  return runCount([
    "rollup",
    "--date",
    "2026",
    "--attempts",
    "1",
    "--server",
    fake.address.replace("127.0.0.1", "localhost"),
    ...args,
  ]);
}

describe("a command over TLS", () => {
  test("trusts the authority that it is given and shows its certificate", async () => {
    await using fake = await mutualTls();
    const own = ["--cert", at("client.pem"), "--key", at("client.key")];
    const { code, stderr } = await rollup(fake, "--ca", at("server.pem"), ...own);
    expect({ code, stderr, calls: fake.dates.length }).toEqual({ code: 0, stderr: "", calls: 1 });
  });

  test.each([
    ["without a certificate", () => ["--ca", at("server.pem")]],
    [
      "with a stranger's certificate",
      () => ["--ca", at("server.pem"), "--cert", at("stranger.pem"), "--key", at("stranger.key")],
    ],
    ["without trusting the server", () => ["--tls", "--cert", at("client.pem"), "--key", at("client.key")]],
    ["in plain text", () => []],
  ])("says that it cannot reach the server %s", async (_, args) => {
    await using fake = await mutualTls();
    const { code, stderr } = await rollup(fake, ...args());
    expect({ code, calls: fake.dates.length }).toEqual({ code: 4, calls: 0 });
    expect(stderr).toContain("the server at localhost:");
  });

  test("is used wrongly with a key that does not belong to its certificate", async () => {
    await using fake = await mutualTls();
    const { code, stderr } = await rollup(fake, "--cert", at("client.pem"), "--key", at("stranger.key"));
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^count rollup: the files of --ca, --cert and --key cannot be used: .*key values mismatch\n/,
    );
  });
});
