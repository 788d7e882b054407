import type { k8s } from "cdk8s-plus-27";
import type { Config } from "../config/config.ts";
import { VERSION } from "../version.ts";

/** A part of Count, as the label app.kubernetes.io/component. */
export type Component = "server" | "migrate" | "rollup" | "database" | "database-init" | "database-certificates";

/** What every manifest of a bundle is made from: the configuration, and the names and labels that follow from it. */
export class Bundle {
  readonly config: Config;

  constructor(config: Config) {
    this.config = config;
  }

  /** `count` for the servers, `count-rollup` for others. */
  name(suffix = ""): string {
    return suffix === "" ? this.config.name : `${this.config.name}-${suffix}`;
  }

  /** What selects the pods of a component. A selector is immutable: these never change. */
  selector(component: Component): Record<string, string> {
    return { ...this.everyPod(), "app.kubernetes.io/component": component };
  }

  /** What selects every pod of the bundle. */
  everyPod(): Record<string, string> {
    return { "app.kubernetes.io/name": "count", "app.kubernetes.io/instance": this.config.name };
  }

  labels(component: Component): Record<string, string> {
    return {
      ...this.config.labels,
      ...this.selector(component),
      "app.kubernetes.io/part-of": "count",
      "app.kubernetes.io/version": VERSION,
      "app.kubernetes.io/managed-by": "count-synth",
    };
  }

  /** Of an object. A name is always given: one that cdk8s makes up from the tree would change when a construct moves. */
  metadata(component: Component, name: string): k8s.ObjectMeta {
    const { namespace, annotations } = this.config;
    return {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: this.labels(component),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    };
  }
}

export const PORTS = Object.freeze({
  grpc: 7777,
  web: 7779,
  http: 7780,
  health: 7781,
  postgres: 5432,
  cockroachdb: 26257,
  cockroachdbHttp: 8080,
});
