import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { INIT_SCRIPT } from "../../../src/manifests/cockroachdb/init-job.ts";
import { find, objectsOf } from "../../support/objects.ts";
import { podsOf } from "../../support/pods.ts";
import { runProgram } from "../../support/program.ts";

let folder: string;
const path = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "count-init-"));
  // Stands in for cockroach: each call of a command takes the next answer of that command, a line "code text", from a file.
  writeFileSync(
    path("cockroach"),
    `#!/bin/bash
echo "$*" >>'${path("asked")}'
[ "$1" != sql ] || cat >'${path("statements")}'
answer=$(head -n 1 '${folder}'/"$1")
sed -i 1d '${folder}'/"$1"
echo "\${answer#* }" >&2
exit "\${answer%% *}"
`,
  );
  chmodSync(path("cockroach"), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

function init(
  answers: { readonly init: readonly string[]; readonly sql: readonly string[] },
  env: Readonly<Record<string, string>> = {},
) {
  writeFileSync(path("init"), `${answers.init.join("\n")}\n`);
  writeFileSync(path("sql"), `${answers.sql.join("\n")}\n`);
  return runProgram("/bin/bash", ["-c", INIT_SCRIPT, "init", path("cockroach"), "db-0.db:26257", "/certs"], {
    RETRY_SECONDS: "0",
    ...env,
  });
}

const STATEMENTS = [
  "create database if not exists count;",
  "create user if not exists count;",
  "alter database count owner to count;",
  "set cluster setting server.shutdown.initial_wait = '10s';",
];
const statements = () => readFileSync(path("statements"), "utf8").trim().split("\n");

describe("the init Job", () => {
  test("makes a cluster, a database and a role for Count", async () => {
    expect(await init({ init: ["0 ok"], sql: ["0 ok"] })).toEqual({
      code: 0,
      stdout: "The cluster is initialized.\n",
      stderr: "",
    });
    expect(readFileSync(path("asked"), "utf8").trim().split("\n")).toEqual([
      "init --host=db-0.db:26257 --certs-dir=/certs",
      "sql --host=db-0.db:26257 --certs-dir=/certs --set=errexit=true",
    ]);
    expect(statements()).toEqual(STATEMENTS);
  });

  test("takes a cluster that is initialized for done", async () => {
    expect(await init({ init: ["1 ERROR: cluster has already been initialized"], sql: ["0 ok"] })).toMatchObject({
      code: 0,
      stderr: "",
    });
  });

  test("tries again until the first node answers, and says why it waits", async () => {
    const answers = { init: ["1 no such host", "1 connection refused", "0 ok"], sql: ["1 node is not ready", "0 ok"] };
    expect(await init(answers)).toEqual({
      code: 0,
      stdout: "The cluster is initialized.\n",
      stderr:
        "init: no such host; trying again in 0 s\ninit: connection refused; trying again in 0 s\nsql: node is not ready; trying again in 0 s\n",
    });
  });

  test("gives the cluster its licence by standard input, quoted, and tells it to nobody", async () => {
    const { stdout, stderr } = await init(
      { init: ["0 ok"], sql: ["0 ok"] },
      { LICENCE: "crl-0-it's", LICENCE_ORGANIZATION: "O'Neill & Co" },
    );
    expect(statements()).toEqual([
      ...STATEMENTS,
      "set cluster setting cluster.organization = 'O''Neill & Co';",
      "set cluster setting enterprise.license = 'crl-0-it''s';",
    ]);
    expect(`${stdout}${stderr}${readFileSync(path("asked"), "utf8")}`).not.toContain("crl-0");
  });

  test("has the licence from a Secret, and another name when the licence is another", () => {
    const job = (licenceSecret: { name: string } | undefined) =>
      find(
        objectsOf({ database: { kind: "cockroachdb", ...(licenceSecret === undefined ? {} : { licenceSecret }) } }),
        "Job",
        "count-cockroachdb-init",
      );
    const [pod] = podsOf([job({ name: "licence" })]);
    expect(pod!.template.spec.containers[0]!.env).toContainEqual({
      name: "LICENCE",
      valueFrom: { secretKeyRef: { name: "licence", key: "licence" } },
    });
    expect(job({ name: "licence" }).metadata.name).not.toBe(job(undefined).metadata.name);
  });
});
