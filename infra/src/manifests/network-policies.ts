import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import type { LabelMap, Peer } from "../config/values.ts";
import { type Bundle, type Component, PORTS } from "./bundle.ts";

/**
 * Nothing but what is needed: every pod of the bundle is closed in both directions by one policy, and each component's opens
 * what it uses. Probes come from the node, which NetworkPolicies always let in.
 */
export function networkPolicies(chart: Chart, bundle: Bundle): void {
  const { config } = bundle;
  if (!config.networkPolicies.enabled) return;
  new k8s.KubeNetworkPolicy(chart, "default-deny", {
    metadata: bundle.metadata("server", bundle.name("default-deny")),
    spec: { podSelector: { matchLabels: bundle.everyPod() }, policyTypes: ["Ingress", "Egress"] },
  });
  const policy = (
    component: Component,
    ingress: k8s.NetworkPolicyIngressRule[],
    egress: k8s.NetworkPolicyEgressRule[],
  ) => {
    const types = [...(ingress.length > 0 ? ["Ingress"] : []), ...(egress.length > 0 ? ["Egress"] : [])];
    new k8s.KubeNetworkPolicy(chart, component, {
      metadata: bundle.metadata(component, bundle.name(component)),
      spec: {
        podSelector: { matchLabels: bundle.selector(component) },
        policyTypes: types,
        ...(ingress.length === 0 ? {} : { ingress }),
        ...(egress.length === 0 ? {} : { egress }),
      },
    });
  };
  const { clients, http, dns } = config.networkPolicies;
  const names: k8s.NetworkPolicyEgressRule = { to: dns.map(peerOf), ports: [tcp(53), { ...tcp(53), protocol: "UDP" }] };
  const of = (component: Component): k8s.NetworkPolicyPeer => ({
    podSelector: { matchLabels: bundle.selector(component) },
  });
  const database = databaseEgress(bundle, of);
  const calls = [...(database === undefined ? [] : [database]), ...tracingEgress(bundle)];

  policy(
    "server",
    [
      { from: [...clients.map(peerOf), of("rollup")], ports: [tcp(PORTS.grpc)] },
      { from: clients.map(peerOf), ports: [tcp(PORTS.web)] },
      ...(http.length === 0 ? [] : [{ from: http.map(peerOf), ports: [tcp(PORTS.http), tcp(PORTS.web)] }]),
    ],
    calls.length === 0 ? [] : [names, ...calls],
  );
  if (database !== undefined) policy("migrate", [], [names, database]);
  policy("rollup", [], [names, { to: [of("server")], ports: [tcp(PORTS.grpc)] }]);
  if (config.database.kind !== "cockroachdb") return;
  policy(
    "database",
    [
      {
        from: [of("server"), of("migrate"), of("database"), of("database-init")],
        ports: [tcp(PORTS.cockroachdb)],
      },
      ...(http.length === 0 ? [] : [{ from: http.map(peerOf), ports: [tcp(PORTS.cockroachdbHttp)] }]),
    ],
    [names, { to: [of("database")], ports: [tcp(PORTS.cockroachdb)] }],
  );
  policy("database-init", [], [names, { to: [of("database")], ports: [tcp(PORTS.cockroachdb)] }]);
  // The Kubernetes API has no label and no fixed address.
  if (config.database.certificates.from === "bootstrap") {
    policy("database-certificates", [], [names, { ports: [tcp(443), tcp(6_443)] }]);
  }
}

/** Nothing where the database is in the server's own pod. */
function databaseEgress(
  { config: { database } }: Bundle,
  of: (component: Component) => k8s.NetworkPolicyPeer,
): k8s.NetworkPolicyEgressRule | undefined {
  if (database.kind === "inside") return undefined;
  if (database.kind === "cockroachdb") return { to: [of("database")], ports: [tcp(PORTS.cockroachdb)] };
  const ports = [tcp(database.port)];
  return database.networkPeers === undefined ? { ports } : { to: database.networkPeers.map(peerOf), ports };
}

function tracingEgress({ config: { tracing } }: Bundle): k8s.NetworkPolicyEgressRule[] {
  if (tracing === undefined) return [];
  const ports = [tcp(tracing.port)];
  return [tracing.networkPeers === undefined ? { ports } : { to: tracing.networkPeers.map(peerOf), ports }];
}

function tcp(port: number): k8s.NetworkPolicyPort {
  return { protocol: "TCP", port: k8s.IntOrString.fromNumber(port) };
}

function peerOf({ cidr, namespaceLabels, podLabels }: Peer): k8s.NetworkPolicyPeer {
  if (cidr !== undefined) return { ipBlock: { cidr } };
  return {
    ...(namespaceLabels === undefined ? {} : { namespaceSelector: withLabels(namespaceLabels) }),
    ...(podLabels === undefined ? {} : { podSelector: withLabels(podLabels) }),
  };
}

/** Without labels nothing, for everything: Kubernetes drops an empty map, and every second apply would put it back. */
function withLabels(matchLabels: LabelMap): k8s.LabelSelector {
  return Object.keys(matchLabels).length === 0 ? {} : { matchLabels };
}
