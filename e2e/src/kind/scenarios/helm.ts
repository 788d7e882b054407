import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Deployment } from "../cluster/objects.ts";
import { jobLack, rolloutLack } from "../cluster/objects.ts";
import { Bundle } from "../fixtures/bundle.ts";
import { Postgres } from "../fixtures/postgres.ts";
import { COUNT_IMAGE, NEXT_IMAGES } from "../images/names.ts";
import { run } from "../support/command.ts";
import { same } from "../support/same.ts";
import { checkCounts, contents } from "./checks.ts";
import type { Scenario } from "./scenario.ts";

const VERSION = "v3.18.6";
const BUILD_LIMIT_MS = 600_000;
const LIMIT_MS = 240_000;

function answers(program: string): boolean {
  return spawnSync(program, ["version"]).status === 0;
}

/** The one on the path, or one built from Helm's Go module, once, where the tests of the chart keep theirs too. */
async function helmProgram(step: (line: string) => void): Promise<string> {
  if (answers("helm")) return "helm";
  const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const folder = join(process.env["COUNT_TEST_CACHE"] ?? join(caches, "count-infra"), VERSION);
  const program = join(folder, "helm");
  if (answers(program)) return program;
  step(`building helm ${VERSION} from its Go module`);
  await mkdir(folder, { recursive: true });
  await run("go", ["install", `helm.sh/helm/v3/cmd/helm@${VERSION}`], {
    cwd: tmpdir(),
    env: { GOFLAGS: "", CGO_ENABLED: "0", GOBIN: folder },
    limitMs: BUILD_LIMIT_MS,
  });
  return program;
}

function values(image: string): object {
  const [repository, tag] = image.split(":");
  const resources = { cpu: "10m", memory: "64Mi", memoryLimit: "384Mi" };
  return { images: { count: { repository, tag } }, server: { resources }, migration: { resources } };
}

export const helm: Scenario = {
  name: "helm",
  title: "the Helm chart installs, counts, upgrades to a new image, and uninstalls without a trace",
  limitSeconds: 900,
  unfit: () =>
    answers("helm") || spawnSync("go", ["version"]).status === 0
      ? undefined
      : "there is neither helm nor Go to build it",
  run: async ({ namespace, folders, authority, step }) => {
    const program = await helmProgram(step);
    const kubectl = await namespace("count-e2e-helm");
    const postgres = await Postgres.apply(kubectl, { authority });
    await postgres.ready();
    const before = await contents(kubectl);
    const chart = join(folders.root, "charts/helm/count");
    const file = join(folders.folder, "values.json");
    const home = { HOME: folders.folder, KUBECONFIG: kubectl.kubeconfig };
    const call = (args: readonly string[]): Promise<string> =>
      run(program, [...args, "--namespace", kubectl.namespace], { env: home, limitMs: LIMIT_MS });

    step("helm install");
    await writeFile(file, JSON.stringify(values(COUNT_IMAGE)));
    await call(["install", "count", chart, "--values", file, "--wait", "--timeout", "180s"]);
    const bundle = Bundle.given(kubectl, "deployment", "count");
    await settled(bundle);
    await checkCounts(bundle, "helm");

    step("helm upgrade to a new image");
    await writeFile(file, JSON.stringify(values(NEXT_IMAGES.next)));
    await call(["upgrade", "count", chart, "--values", file, "--wait", "--timeout", "180s"]);
    await settled(bundle);
    const images = (await bundle.servers()).flatMap(({ spec }) => spec.containers.map((container) => container.image));
    same("the servers' images", [...new Set(images)], [NEXT_IMAGES.next]);
    await checkCounts(bundle, "helm-upgraded");

    step("helm uninstall");
    await call(["uninstall", "count", "--wait", "--cascade", "foreground", "--timeout", "120s"]);
    const left = (await contents(kubectl)).filter((one) => !before.includes(one) && !one.startsWith("pods hello-"));
    same("what is left", left, []);
    return "installed, upgraded and uninstalled";
  },
};

async function settled(bundle: Bundle): Promise<void> {
  for (const { metadata } of await bundle.migrations()) {
    await bundle.kubectl.until("is complete", "job", metadata.name, jobLack, { limitMs: LIMIT_MS });
  }
  await bundle.kubectl.until<Deployment>("is rolled out", "deployment", bundle.name, rolloutLack, {
    limitMs: LIMIT_MS,
  });
}
