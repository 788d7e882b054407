import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Kubectl } from "../cluster/kubectl.ts";
import { Bundle } from "../fixtures/bundle.ts";
import { Postgres } from "../fixtures/postgres.ts";
import { run } from "../support/command.ts";
import { documentedCommands } from "../support/documented.ts";
import { same, says } from "../support/same.ts";
import { checkCounts } from "./checks.ts";
import type { Scenario } from "./scenario.ts";

const NAMESPACE = "count-e2e-documented";
const LIMIT_MS = 180_000;
const FORWARD_LIMIT_MS = 30_000;
/** What needs something that this cluster has not: cert-manager. */
const LEFT_OUT = /^kubectl get certificate /;
const REMOVAL = /^kubectl delete .* -k \.$/;

/** Commands of a page, for another namespace. */
async function commandsOf(file: string): Promise<string[]> {
  const commands = documentedCommands(await readFile(file, "utf8")).filter((command) => !LEFT_OUT.test(command));
  return commands.map((command) => command.replace(/namespace count(?= |$)/, `namespace ${NAMESPACE}`));
}

/** Brings a port here, gets the page from it, and ends. */
async function forward(command: string, { kubeconfig }: Kubectl): Promise<void> {
  // Any port of this machine: the documented one may be in use.
  const args = command
    .split(" ")
    .slice(1)
    .map((word) => (word === "7779" ? ":7779" : word));
  const child = spawn("kubectl", ["--kubeconfig", kubeconfig, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const timer = setTimeout(() => child.kill(), FORWARD_LIMIT_MS);
  try {
    let said = "";
    for await (const part of child.stdout.setEncoding("utf8") as AsyncIterable<string>) {
      said += part;
      const port = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port === undefined) continue;
      // By the name that a browser would use.
      const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(FORWARD_LIMIT_MS) });
      says("the page", await response.text(), /<title>Count<\/title>/);
      return;
    }
    throw new Error(`${command} ended, and said ${said}`);
  } finally {
    clearTimeout(timer);
    child.kill();
  }
}

export const documentedCommandsScenario: Scenario = {
  name: "documented-commands",
  title: "every command of the next steps and of the operations guide does in the cluster what stands there",
  limitSeconds: 420,
  run: async ({ namespace, folders, authority, step }) => {
    const kubectl = await namespace(NAMESPACE);
    const bundle = await Bundle.overlay(kubectl, "postgres", folders);
    const steps = await commandsOf(join(folders.root, "charts/postgres/NEXT-STEPS.md"));
    const operations = await commandsOf(join(folders.root, "docs/operations.md"));
    const removal = steps.filter((command) => REMOVAL.test(command));
    same("commands that remove it", removal.length, 1);

    const execute = async (command: string): Promise<void> => {
      if (/ port-forward /.test(command)) await forward(command, kubectl);
      else
        await run("sh", ["-c", command], {
          cwd: bundle.folder,
          env: { KUBECONFIG: kubectl.kubeconfig },
          limitMs: LIMIT_MS,
        });
    };
    step("making the namespace, as the next steps say");
    await kubectl.run(["delete", "namespace", NAMESPACE, "--wait"], { limitMs: LIMIT_MS });
    let database: Postgres | undefined;
    for (const command of steps.filter((one) => !REMOVAL.test(one))) {
      if (database === undefined && / create secret /.test(command)) {
        database = await Postgres.apply(kubectl, { authority });
        // The database has them; for Count they are made as a person would.
        await kubectl.run(["delete", "secret", "count-database", "count-database-ca"]);
        await writeFile(join(bundle.folder, "password"), database.password);
        await writeFile(join(bundle.folder, "ca.crt"), authority.certificate);
      }
      step(command);
      await execute(command);
      if (/ rollout status /.test(command)) await checkCounts(bundle, "documented");
    }
    // Two pages may have the same command, whose object is there then.
    for (const command of [...operations.filter((one) => !steps.includes(one)), ...removal]) {
      step(command);
      await execute(command);
    }
    same("Deployments that are left", await kubectl.list("deployments"), []);
    return `${new Set([...steps, ...operations]).size} commands`;
  },
};
