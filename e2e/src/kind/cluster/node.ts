import { run } from "../support/command.ts";
import type { Pod } from "./objects.ts";

const LIMIT_MS = 60_000;

/** The machine under the cluster: what only a fault of a node can do. */
export class Node {
  readonly #container: string;

  constructor(container: string) {
    this.#container = container;
  }

  /** SIGKILL for all processes of a container, as by the kernel when memory is short. */
  async kill({ metadata, status }: Pod, container: string): Promise<void> {
    const found = status.containerStatuses?.find(({ name }) => name === container);
    const id = found?.containerID?.replace("containerd://", "");
    if (id === undefined) throw new Error(`pod ${metadata.name} has no running container ${container}`);
    await this.run(["ctr", "--namespace", "k8s.io", "tasks", "kill", "--all", "--signal", "SIGKILL", id]);
  }

  run(command: readonly string[]): Promise<string> {
    return run("docker", ["exec", this.#container, ...command], { limitMs: LIMIT_MS });
  }
}
