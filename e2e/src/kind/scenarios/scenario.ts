import type { Kubectl } from "../cluster/kubectl.ts";
import type { Node } from "../cluster/node.ts";
import type { Folders } from "../fixtures/bundle.ts";
import type { Authority } from "../fixtures/certificates.ts";
import type { Installation } from "../fixtures/installation.ts";

/** What a scenario has to work with. */
export interface Stage {
  readonly folders: Folders;
  readonly node: Node;
  /** Signs the databases' certificates. */
  readonly authority: Authority;
  /** A namespace of the scenario's own, which enforces `restricted`. It is deleted after the scenario. */
  readonly namespace: (name: string) => Promise<Kubectl>;
  /**
   * The profile `postgres` with two servers and a database that keeps its data. Scenarios share it, and say so by
   * {@link Scenario.sharesInstallation}.
   */
  readonly installation: () => Promise<Installation>;
  /** Tells what is done next, a line at a time. */
  readonly step: (line: string) => void;
}

export interface Scenario {
  readonly name: string;
  /** A sentence about what is proved. */
  readonly title: string;
  /** Why it cannot run here; undefined: it can. */
  readonly unfit?: () => string | undefined;
  /** After that it has failed, in seconds. Default 300. */
  readonly limitSeconds?: number;
  /** It uses the installation that scenarios share: one of these runs at a time. Default false. */
  readonly sharesInstallation?: boolean;
  /** @returns the figures that it ends with, for people @throws whatever is not as it should be */
  readonly run: (stage: Stage) => Promise<string>;
}
