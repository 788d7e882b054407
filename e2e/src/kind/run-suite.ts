import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf } from "../soak/support/message-of.ts";
import type { Releases } from "../soak/support/releases.ts";
import { keepArtefacts } from "./cluster/artefacts.ts";
import { type Cluster, checkCommands, deleteCluster, openCluster } from "./cluster/kind-cluster.ts";
import { Kubectl } from "./cluster/kubectl.ts";
import { Node } from "./cluster/node.ts";
import { Authority } from "./fixtures/certificates.ts";
import { type Installation, install, LABELLED } from "./fixtures/installation.ts";
import { dropNamespace, makeNamespace } from "./fixtures/namespace.ts";
import { buildImages, loadImages } from "./images/build-images.ts";
import type { Options } from "./options.ts";
import type { Result } from "./report/result.ts";
import { Queue } from "./scenarios/queue.ts";
import type { Scenario, Stage } from "./scenarios/scenario.ts";
import { SCENARIOS } from "./scenarios/scenarios.ts";

/** Of the repository, seen from src/kind and from dist/kind alike. */
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const ARTEFACTS = join(ROOT, "e2e/artefacts");
const LIMIT_SECONDS = 300;
/** The namespace of the installation that scenarios share. */
const SHARED = "count-e2e-shared";

export interface Context {
  readonly releases: Releases;
  readonly signal: AbortSignal;
  /** Gets a line at a time, for people. */
  readonly progress: (line: string) => void;
  readonly onResult: (result: Result) => void;
}

/** @throws Error when there is no cluster to be had; a scenario that fails is a result */
export async function runSuite(options: Options, context: Context): Promise<void> {
  const { releases, signal, progress, onResult } = context;
  await checkCommands();
  const folder = await mkdtemp(join(tmpdir(), "count-e2e-"));
  releases.add(() => rm(folder, { recursive: true, force: true }));
  const build = { root: ROOT, folder, signal, progress };
  const images = await buildImages(build);
  if (!options.keep) releases.add(() => deleteCluster());
  const cluster = await openCluster(ARTEFACTS, options.reuse, signal, progress);
  const node = new Node(cluster.node);
  await loadImages(images, node, build);
  const authority = await Authority.create(join(folder, "authority"), "the suite's authority");
  const queue = new Queue(SCENARIOS.filter(({ name }) => options.only.includes(name)));
  const players = Array.from(
    { length: options.atOnce },
    () => new Player(options, context, cluster, { folder, authority, node }),
  );
  await Promise.all(
    players.map(async (player, at) => {
      for (let scenario = queue.next(at === 0); scenario !== undefined; scenario = queue.next(at === 0)) {
        if (signal.aborted) return;
        onResult(await player.play(scenario));
      }
    }),
  );
}

interface Parts {
  readonly folder: string;
  readonly authority: Authority;
  readonly node: Node;
}

/** Plays one scenario at a time. */
class Player {
  readonly #options: Options;
  readonly #context: Context;
  readonly #parts: Parts;
  readonly #kubectl: Kubectl;
  /** Of the scenario that runs: ends its commands when it takes too long. */
  #late = new AbortController();
  #installation: Promise<Installation> | undefined;

  constructor(options: Options, context: Context, cluster: Cluster, parts: Parts) {
    this.#options = options;
    this.#context = context;
    this.#parts = parts;
    this.#kubectl = new Kubectl(cluster.kubeconfig, "default", () => this.#late.signal);
  }

  async play({
    name,
    unfit,
    limitSeconds = LIMIT_SECONDS,
    sharesInstallation = false,
    run,
  }: Scenario): Promise<Result> {
    const { progress } = this.#context;
    const reason = unfit?.();
    if (reason !== undefined) {
      progress(`left out  ${name}: ${reason}`);
      return { scenario: name, outcome: "left out", seconds: 0, words: reason };
    }
    const started = performance.now();
    const seconds = (): number => Math.round((performance.now() - started) / 100) / 10;
    const late = new AbortController();
    this.#late = late;
    const stop = (): void => late.abort();
    this.#context.signal.addEventListener("abort", stop, { once: true });
    const timer = setTimeout(stop, limitSeconds * 1_000);
    const touched: Kubectl[] = [];
    const step = (line: string): void => progress(`  ${seconds().toFixed(1).padStart(6)} s  ${name}: ${line}`);
    progress(name);
    try {
      const words = await run(this.#stage(step, touched, sharesInstallation));
      await this.#drop(touched.filter(({ namespace }) => namespace !== SHARED));
      progress(`ok        ${name}, ${seconds()} s: ${words}`);
      return { scenario: name, outcome: "passed", seconds: seconds(), words };
    } catch (error) {
      const words = late.signal.aborted ? `not over after ${seconds()} s: ${messageOf(error)}` : messageOf(error);
      progress(`FAILED    ${name}, ${seconds()} s: ${words}`);
      clearTimeout(timer);
      this.#late = new AbortController();
      await keepArtefacts(join(ARTEFACTS, name), touched);
      progress(`          ${name}: see ${join(ARTEFACTS, name)}`);
      // The next scenario is not to stumble over what this one has left.
      this.#installation = undefined;
      if (!this.#options.keep) await this.#drop(touched);
      return { scenario: name, outcome: "failed", seconds: seconds(), words };
    } finally {
      clearTimeout(timer);
      this.#context.signal.removeEventListener("abort", stop);
      this.#late = new AbortController();
    }
  }

  #stage(step: (line: string) => void, touched: Kubectl[], sharesInstallation: boolean): Stage {
    const { folder, authority, node } = this.#parts;
    const folders = { root: ROOT, folder };
    const make = async (name: string): Promise<Kubectl> => {
      const kubectl = await makeNamespace(this.#kubectl, name);
      touched.push(kubectl);
      return kubectl;
    };
    return {
      folders,
      node,
      authority,
      step,
      namespace: make,
      installation: async () => {
        if (!sharesInstallation) throw new Error("a scenario that uses the installation has to say that it shares it");
        if (this.#installation === undefined) {
          step("installing the profile postgres, for this and others");
          this.#installation = make(SHARED).then((kubectl) =>
            install(kubectl, folders, authority, { persistent: true, patches: LABELLED }),
          );
        } else touched.push(this.#kubectl.in(SHARED));
        return this.#installation;
      },
    };
  }

  async #drop(namespaces: readonly Kubectl[]): Promise<void> {
    for (const kubectl of namespaces) await dropNamespace(kubectl).catch(() => undefined);
  }
}
