import { ApiObject } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import type { Construct } from "constructs";
import { type AgentOptions, agentParts } from "./sidecar.ts";

interface PodTemplate {
  metadata?: { labels?: Record<string, string> };
  spec: { initContainers?: object[]; volumes?: object[]; containers: object[] };
}

/**
 * A Deployment of a team's own with the `count agent` beside its containers. A plain object, since the classes of Kubernetes 1.27 would
 * drop the field that makes a sidecar of an init container.
 */
export class DeploymentWithAgent extends ApiObject {
  constructor(scope: Construct, id: string, props: k8s.KubeDeploymentProps, agent: AgentOptions = {}) {
    const { metadata, spec } = k8s.toJson_KubeDeploymentProps(props) as {
      metadata?: object;
      spec?: { template?: PodTemplate };
    };
    if (spec?.template?.spec === undefined) throw new Error(`${id} has no spec.template.spec to put the agent into`);
    super(scope, id, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      ...(metadata === undefined ? {} : { metadata }),
      spec: { ...spec, template: withAgent(spec.template, agent) },
    });
  }
}

/** A pod's template, of any workload and as plain JSON, with the agent in it. */
export function withAgent<Template extends PodTemplate>(template: Template, agent: AgentOptions = {}): Template {
  const { container, volumes, labels } = agentParts(agent);
  const { spec, metadata } = template;
  return {
    ...template,
    metadata: { ...metadata, labels: { ...metadata?.labels, ...labels } },
    spec: {
      ...spec,
      // First, so that other init containers can count too.
      initContainers: [container, ...(spec.initContainers ?? [])],
      volumes: [...(spec.volumes ?? []), ...volumes],
    },
  };
}
