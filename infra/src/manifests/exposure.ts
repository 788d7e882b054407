import { ApiObject, type Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { type Bundle, PORTS } from "./bundle.ts";

/** An Ingress and a route of the Gateway API for the page and the API, where the configuration asks for them. */
export function exposure(chart: Chart, bundle: Bundle): void {
  const { ingress, route } = bundle.config.http;
  if (ingress !== undefined) {
    const metadata = bundle.metadata("server", bundle.name());
    const annotations = { ...metadata.annotations, ...ingress.annotations };
    new k8s.KubeIngress(chart, "ingress", {
      metadata: { ...metadata, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
      spec: {
        ...(ingress.className === undefined ? {} : { ingressClassName: ingress.className }),
        ...(ingress.tlsSecretName === undefined
          ? {}
          : { tls: [{ hosts: [ingress.host], secretName: ingress.tlsSecretName }] }),
        rules: [
          {
            host: ingress.host,
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: bundle.name(), port: { name: "web" } } },
                },
              ],
            },
          },
        ],
      },
    });
  }
  if (route === undefined) return;
  const { name, namespace, sectionName } = route.gateway;
  new ApiObject(chart, "route", {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { ...bundle.metadata("server", bundle.name()) },
    spec: {
      parentRefs: [
        {
          name,
          ...(namespace === undefined ? {} : { namespace }),
          ...(sectionName === undefined ? {} : { sectionName }),
        },
      ],
      hostnames: [route.host],
      rules: [{ backendRefs: [{ name: bundle.name(), port: PORTS.web }] }],
    },
  });
}
