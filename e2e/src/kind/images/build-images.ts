import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CLUSTER } from "../cluster/kind-cluster.ts";
import type { Node } from "../cluster/node.ts";
import { run } from "../support/command.ts";
import {
  CLIENT_IMAGE,
  COCKROACHDB_STAND_IN,
  COUNT_IMAGE,
  NEXT_IMAGES,
  POSTGRES_IMAGE,
  SLOW_MIGRATION_SECONDS,
} from "./names.ts";

const BUILD_LIMIT_MS = 900_000;
const LOAD_LIMIT_MS = 300_000;
const CALL_LIMIT_MS = 30_000;
/** Where the node remembers what was loaded into it. */
const LOADED = "/var/lib/count-e2e-images";

/** Where npm runs while the image is built; Count's image has nothing of it. */
const BUILD_IMAGE = "count-e2e-build:dev";
const BASE_IMAGE = "node:24-bookworm-slim";

/** What each of the next images brings beside the repository's migrations. */
const QUICK = "create table if not exists count.e2e_next (id bigint primary key)";
const MIGRATIONS: Readonly<Record<keyof typeof NEXT_IMAGES, readonly string[]>> = {
  next: [QUICK],
  slow: [QUICK, `do $$ begin perform pg_sleep(${SLOW_MIGRATION_SECONDS}); end $$`],
  broken: [QUICK, "alter table count.there_is_no_such_table add column id bigint"],
};

export interface BuildContext {
  /** Of the repository. */
  readonly root: string;
  /** For what is made on the way. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** Builds every image of the suite, with the builder's cache. */
export async function buildImages({ root, folder, signal, progress }: BuildContext): Promise<readonly string[]> {
  const build = (name: string, context: string, args: readonly string[] = []): Promise<string> => {
    progress(`building ${name}`);
    return run("docker", ["build", "--quiet", "--tag", name, ...args, context], { limitMs: BUILD_LIMIT_MS, signal });
  };
  const images = join(root, "e2e/images");
  await build(POSTGRES_IMAGE, join(images, "postgres"));
  await build(COCKROACHDB_STAND_IN, join(images, "cockroachdb-stand-in"));
  const buildImage = await ownAuthorities(folder, build);
  await build(COUNT_IMAGE, root, buildImage === undefined ? [] : ["--build-arg", `BUILD_IMAGE=${buildImage}`]);

  const client = await emptyFolder(join(folder, "client"));
  await cp(join(images, "client/Dockerfile"), join(client, "Dockerfile"));
  await cp(join(root, "e2e/dist/kind/pods"), join(client, "pods"), { recursive: true });
  await build(CLIENT_IMAGE, client);

  for (const [name, image] of Object.entries(NEXT_IMAGES)) {
    const context = await emptyFolder(join(folder, name));
    await writeMigrations(join(context, "migrations"), root, MIGRATIONS[name as keyof typeof NEXT_IMAGES]);
    await writeFile(join(context, "Dockerfile"), `FROM ${COUNT_IMAGE}\nCOPY migrations /opt/count/migrations\n`);
    await build(image, context);
  }
  return [COUNT_IMAGE, POSTGRES_IMAGE, CLIENT_IMAGE, COCKROACHDB_STAND_IN, ...Object.values(NEXT_IMAGES)];
}

/** Loads images into the node, unless it has exactly these. In one go: they share most of their layers. */
export async function loadImages(images: readonly string[], node: Node, context: BuildContext): Promise<void> {
  const inspect = ["image", "inspect", "--format", "{{.Id}}", ...images];
  const ids = await run("docker", inspect, { limitMs: CALL_LIMIT_MS });
  const loaded = await node.run(["sh", "-c", `cat ${LOADED} 2>/dev/null || true`]);
  if (loaded.trim() === ids.trim()) return;
  context.progress(`loading ${images.length} images into the node`);
  const load = ["load", "docker-image", "--name", CLUSTER, ...images];
  await run("kind", load, { limitMs: LOAD_LIMIT_MS, signal: context.signal });
  await node.run(["sh", "-c", `echo '${ids.trim()}' >${LOADED}`]);
}

/**
 * Where the host has authorities of its own for what npm downloads, the build needs them too: an image of Node.js with them,
 * which is only built in. Undefined where npm needs none.
 */
async function ownAuthorities(
  folder: string,
  build: (name: string, context: string) => Promise<string>,
): Promise<string | undefined> {
  const file = process.env["NODE_EXTRA_CA_CERTS"] || process.env["NPM_CONFIG_CAFILE"];
  if (!file) return undefined;
  const context = await emptyFolder(join(folder, "build-image"));
  await cp(file, join(context, "ca.crt"), { dereference: true });
  const to = "/usr/local/share/count-e2e-ca.crt";
  const lines = [`FROM ${BASE_IMAGE}`, `COPY ca.crt ${to}`, `ENV NODE_EXTRA_CA_CERTS=${to} NPM_CONFIG_CAFILE=${to}`];
  await writeFile(join(context, "Dockerfile"), lines.map((line) => `${line}\n`).join(""));
  await build(BUILD_IMAGE, context);
  return BUILD_IMAGE;
}

/** The repository's migrations, and further ones with the next numbers. */
async function writeMigrations(folder: string, root: string, further: readonly string[]): Promise<void> {
  await cp(join(root, "migrations"), folder, { recursive: true });
  const count = (await readdir(folder)).filter((name) => name.endsWith(".sql")).length;
  for (const [at, sql] of further.entries()) {
    const number = String(count + 1 + at).padStart(4, "0");
    await writeFile(join(folder, `${number}_e2e_${at + 1}.sql`), `${sql};\n`);
  }
}

async function emptyFolder(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}
