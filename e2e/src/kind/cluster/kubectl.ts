import { type CommandResult, run, runAny } from "../support/command.ts";
import { type UntilOptions, until } from "../support/until.ts";
import type { KubeObject, Pod } from "./objects.ts";

/** How long a call that only asks or hands over may take, in milliseconds. */
const CALL_LIMIT_MS = 60_000;

/** kubectl on one cluster and namespace. */
export class Kubectl {
  readonly namespace: string;
  /** A file. */
  readonly kubeconfig: string;
  readonly #signal: () => AbortSignal;

  constructor(kubeconfig: string, namespace: string, signal: () => AbortSignal) {
    this.kubeconfig = kubeconfig;
    this.namespace = namespace;
    this.#signal = signal;
  }

  /** The same cluster, seen from another namespace. */
  in(namespace: string): Kubectl {
    return new Kubectl(this.kubeconfig, namespace, this.#signal);
  }

  /** @returns the standard output @throws CommandError */
  run(args: readonly string[], options: { readonly input?: string; readonly limitMs?: number } = {}): Promise<string> {
    return run("kubectl", this.#arguments(args), this.#options(options));
  }

  /** The same, whatever the exit code. */
  try(
    args: readonly string[],
    options: { readonly input?: string; readonly limitMs?: number } = {},
  ): Promise<CommandResult> {
    return runAny("kubectl", this.#arguments(args), this.#options(options));
  }

  /** Applies objects. @returns what kubectl said of each */
  apply(objects: readonly object[]): Promise<string> {
    return this.run(["apply", "-f", "-"], {
      input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
    });
  }

  /** @throws CommandError when there is no such object */
  async get<Type extends KubeObject = KubeObject>(kind: string, name: string): Promise<Type> {
    return JSON.parse(await this.run(["get", kind, name, "-o", "json"])) as Type;
  }

  async list<Type extends KubeObject = KubeObject>(kind: string, selector?: string): Promise<Type[]> {
    const text = await this.run(["get", kind, "-o", "json", ...(selector === undefined ? [] : ["-l", selector])]);
    return (JSON.parse(text) as { readonly items: Type[] }).items;
  }

  pods(selector: string): Promise<Pod[]> {
    return this.list<Pod>("pods", selector);
  }

  /** Merges a patch into an object. */
  patch(kind: string, name: string, patch: object): Promise<string> {
    return this.run(["patch", kind, name, "--type=merge", "-p", JSON.stringify(patch)]);
  }

  /** Runs a command in a container of a pod. @returns its standard output @throws CommandError */
  exec(pod: string, command: readonly string[], container?: string, input?: string): Promise<string> {
    const into = container === undefined ? [] : ["-c", container];
    const stdin = input === undefined ? [] : ["-i"];
    return this.run(
      ["exec", ...stdin, pod, ...into, "--", ...command],
      input === undefined ? {} : { input, limitMs: CALL_LIMIT_MS },
    );
  }

  logs(pod: string, container?: string): Promise<string> {
    return this.run(["logs", pod, ...(container === undefined ? ["--all-containers"] : ["-c", container])]);
  }

  /** Waits until an object is as it should be. */
  async until<Type extends KubeObject>(
    what: string,
    kind: string,
    name: string,
    look: (object: Type) => string | undefined,
    options: UntilOptions,
  ): Promise<Type> {
    return until(
      `${kind}/${name} in ${this.namespace}: ${what}`,
      async () => {
        const { code, stdout, stderr } = await this.try(["get", kind, name, "-o", "json"]);
        if (code !== 0) return { not: stderr.trim() };
        const object = JSON.parse(stdout) as Type;
        const not = look(object);
        return not === undefined ? { value: object } : { not };
      },
      options,
    );
  }

  #arguments(args: readonly string[]): string[] {
    return ["--kubeconfig", this.kubeconfig, "-n", this.namespace, ...args];
  }

  #options({ input, limitMs = CALL_LIMIT_MS }: { readonly input?: string; readonly limitMs?: number }) {
    return { limitMs, signal: this.#signal(), ...(input === undefined ? {} : { input }) };
  }
}
