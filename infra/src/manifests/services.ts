import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { type Bundle, PORTS } from "./bundle.ts";

/**
 * A ClusterIP Service, and a headless one for clients that balance by themselves (`dns:///` and round_robin): one gRPC
 * connection through a ClusterIP stays on one server.
 */
export function services(chart: Chart, bundle: Bundle): void {
  const selector = bundle.selector("server");
  const grpc: k8s.ServicePort = {
    name: "grpc",
    port: PORTS.grpc,
    targetPort: k8s.IntOrString.fromString("grpc"),
    // So that gateways and meshes know that it is HTTP/2, without TLS or with it.
    appProtocol: bundle.config.tls.mode === "off" ? "kubernetes.io/h2c" : "https",
  };
  const web: k8s.ServicePort = {
    name: "web",
    port: PORTS.web,
    targetPort: k8s.IntOrString.fromString("web"),
    appProtocol: bundle.config.tls.mode === "off" ? "http" : "https",
  };
  const http: k8s.ServicePort = {
    name: "http",
    port: PORTS.http,
    targetPort: k8s.IntOrString.fromString("http"),
    appProtocol: "http",
  };
  new k8s.KubeService(chart, "service", {
    metadata: bundle.metadata("server", bundle.name()),
    spec: { type: "ClusterIP", selector, ports: [grpc, web, http] },
  });
  new k8s.KubeService(chart, "headless", {
    metadata: bundle.metadata("server", bundle.name("headless")),
    spec: { type: "ClusterIP", clusterIp: "None", selector, ports: [grpc] },
  });
}
