import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MAKE_CERTIFICATES } from "../../../src/manifests/cockroachdb/bootstrap.ts";
import { CREATE_SECRETS } from "../../../src/manifests/cockroachdb/create-secrets.ts";
import { at, find, objectsOf } from "../../support/objects.ts";
import { podsOf } from "../../support/pods.ts";
import { runProgram } from "../../support/program.ts";
import { SecretsApi } from "../../support/secrets-api.ts";

let folder: string;
const path = (...names: string[]) => join(folder, ...names);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "count-bootstrap-"));
  for (const name of ["token", "certificates", "again"]) mkdirSync(path(name));
  writeFileSync(path("token", "token"), "the-token");
  writeFileSync(path("token", "namespace"), "apis");
  writeFileSync(path("create-secrets.mjs"), CREATE_SECRETS);
  // Stands in for cockroach: it makes the files that the real one makes, and notes what it was asked.
  writeFileSync(
    path("cockroach"),
    `#!/bin/bash
echo "$*" >>'${path("asked")}'
for one; do case $one in --certs-dir=*) dir=\${one#*=} ;; --ca-key=*) key=\${one#*=} ;; esac; done
made() { for file; do echo "$RANDOM$RANDOM $file" >"$dir/$file"; done; }
case $2 in
  create-ca) made ca.crt; echo "$RANDOM" >"$key" ;;
  create-node) made node.crt node.key ;;
  create-client) made "client.$3.crt" "client.$3.key" ;;
esac
`,
  );
  chmodSync(path("cockroach"), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

const makeCertificates = (into: string) =>
  runProgram("/bin/bash", ["-c", MAKE_CERTIFICATES, "make", into, path("cockroach"), "localhost", "*.nodes"]);

const createSecrets = (api: SecretsApi, certificates = path("certificates")) =>
  runProgram(process.execPath, [path("create-secrets.mjs")], {
    KUBERNETES_API: api.url,
    TOKEN_FOLDER: path("token"),
    CERTIFICATES: certificates,
    SECRETS: JSON.stringify({ ca: "db-ca", node: "db-node", root: "db-root", client: "db-client" }),
    LABELS: JSON.stringify({ a: "b" }),
  });

const decoded = (data: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));

describe("the bootstrap Job", () => {
  test("makes an authority, and certificates for the nodes, root and Count", async () => {
    expect(await makeCertificates(path("certificates"))).toMatchObject({ code: 0, stderr: "" });
    const dir = `--certs-dir=${path("certificates")} --ca-key=${path("certificates", "ca.key")}`;
    expect(readFileSync(path("asked"), "utf8").trim().split("\n")).toEqual([
      `cert create-ca ${dir} --lifetime=87600h`,
      `cert create-node localhost *.nodes ${dir} --lifetime=43800h`,
      `cert create-client root ${dir} --lifetime=43800h`,
      `cert create-client count ${dir} --lifetime=43800h`,
    ]);
    expect(readdirSync(path("certificates"))).toEqual([
      "ca.crt",
      "ca.key",
      "client.crt",
      "client.key",
      "node.crt",
      "node.key",
      "root.crt",
      "root.key",
    ]);
  });

  test("puts them into Secrets as cert-manager's are", async () => {
    await using api = await SecretsApi.start(path("token"));
    await makeCertificates(path("certificates"));
    expect(await createSecrets(api)).toEqual({
      code: 0,
      stdout: "made the Secret db-ca\nmade the Secret db-node\nmade the Secret db-root\nmade the Secret db-client\n",
      stderr: "",
    });
    const file = (name: string) => readFileSync(path("certificates", name), "utf8");
    for (const kind of ["node", "root", "client"]) {
      const { type, metadata, data } = api.secrets.get(`db-${kind}`)!;
      expect({ type, metadata }).toEqual({
        type: "kubernetes.io/tls",
        metadata: { name: `db-${kind}`, labels: { a: "b" } },
      });
      expect(decoded(data)).toEqual({
        "ca.crt": file("ca.crt"),
        "tls.crt": file(`${kind}.crt`),
        "tls.key": file(`${kind}.key`),
      });
    }
  });

  test("overwrites nothing when it runs again with other certificates", async () => {
    await using api = await SecretsApi.start(path("token"));
    await makeCertificates(path("certificates"));
    await createSecrets(api);
    const before = JSON.stringify([...api.secrets]);
    await makeCertificates(path("again"));
    const { code, stdout } = await createSecrets(api, path("again"));
    expect([code, stdout.split("\n")[1]]).toEqual([0, "there is a Secret db-node already; it stays as it is"]);
    expect(JSON.stringify([...api.secrets])).toBe(before);
  });

  test.each([1, 2, 3, 4])("goes on with its first authority after it was cut off at call %i", async (answers) => {
    await using api = await SecretsApi.start(path("token"));
    await makeCertificates(path("certificates"));
    api.answers = answers;
    expect((await createSecrets(api)).code).toBe(1);
    api.answers = Number.POSITIVE_INFINITY;
    await makeCertificates(path("again"));
    expect((await createSecrets(api, path("again"))).code).toBe(0);
    const authority = api.secrets.get("db-ca")!.data;
    for (const kind of ["node", "root", "client"]) {
      expect(api.secrets.get(`db-${kind}`)!.data).toEqual({
        "ca.crt": authority["ca.crt"],
        "tls.crt": authority[`${kind}.crt`],
        "tls.key": authority[`${kind}.key`],
      });
    }
  });

  test("leaves a Secret of somebody else's alone, and says so", async () => {
    await using api = await SecretsApi.start(path("token"));
    await makeCertificates(path("certificates"));
    api.secrets.set("db-ca", { type: "Opaque", metadata: { name: "db-ca", labels: {} }, data: { mine: "eA==" } });
    const { code, stderr } = await createSecrets(api);
    expect(code).toBe(1);
    expect(stderr).toContain(
      "the Secret db-ca lacks ca.crt, ca.key, node.crt, node.key, root.crt, root.key, client.crt, client.key: it is not of this Job",
    );
    expect([...api.secrets.keys()]).toEqual(["db-ca"]);
  });

  test("tells no secret when it is refused", async () => {
    await using api = await SecretsApi.start(path("token"));
    await makeCertificates(path("certificates"));
    writeFileSync(path("token", "token"), "another-token");
    const { code, stdout, stderr } = await createSecrets(api);
    expect(code).toBe(1);
    expect(stderr).toContain("the Secret db-ca cannot be made: 401 Unauthorized");
    expect(`${stdout}${stderr}`).not.toContain("another-token");
  });

  test("may create Secrets and read the one that it made first, nothing else, and only its second container can", () => {
    const objects = objectsOf({ database: { kind: "cockroachdb", certificates: { from: "bootstrap" } } });
    expect(find(objects, "Role", "count-cockroachdb-certificates")["rules"]).toEqual([
      { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
      { apiGroups: [""], resources: ["secrets"], resourceNames: ["count-cockroachdb-ca"], verbs: ["get"] },
    ]);
    const [pod] = podsOf([find(objects, "Job", "count-cockroachdb-certificates")]);
    const { initContainers, containers, automountServiceAccountToken } = pod!.template.spec;
    expect(automountServiceAccountToken).toBe(false);
    const mounts = [...initContainers!, ...containers].map(({ name, volumeMounts }) => [
      name,
      volumeMounts!.some((one) => one.name === "token"),
    ]);
    expect(mounts).toEqual([
      ["make", false],
      ["store", true],
    ]);
    expect(at(initContainers![0], "args")).toEqual([
      "/certificates",
      "/cockroach/cockroach",
      "localhost",
      "127.0.0.1",
      "$(COCKROACH_SERVICE)",
      "$(COCKROACH_SERVICE).$(POD_NAMESPACE)",
      "$(COCKROACH_SERVICE).$(POD_NAMESPACE).svc.cluster.local",
      "*.$(COCKROACH_NODES)",
      "*.$(COCKROACH_NODES).$(POD_NAMESPACE)",
      "*.$(COCKROACH_NODES).$(POD_NAMESPACE).svc.cluster.local",
    ]);
  });
});
