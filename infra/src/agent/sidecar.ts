import { k8s } from "cdk8s-plus-27";
import { imageName } from "../config/images.ts";
import { COUNT_USER, containerSecurity } from "../manifests/pod.ts";
import { VERSION } from "../version.ts";

/** The `count agent` beside an application. Every field has a default. */
export interface AgentOptions {
  /** Image of Count. Default `count-server` in this version. */
  readonly image?: string;
  /** The Count servers. Default `dns:///count-headless.count.svc:7777`: those of a bundle named count in the namespace count. */
  readonly server?: string;
  /** The application's name in the counts. Default: none; the agent then counts what it is told. */
  readonly service?: string;
  /**
   * The application's HTTP port on localhost: the agent becomes a reverse proxy in front of it, at {@link proxyPort}. Default:
   * none, the application counts by itself at 127.0.0.1:7778 (`Add`, `Record`).
   */
  readonly upstreamPort?: number;
  /** Where the proxy listens. Default 7779. The Service has to point there. */
  readonly proxyPort?: number;
  /** Size of the queue on disk in bytes. Default 268435456. Beyond it the agent refuses, and drops what it counts itself, saying so. */
  readonly queueMaxBytes?: number;
  /** The Secret with the agent's token, which needs the scope `record`. Its key is `token` by default. Default: no token. */
  readonly tokenSecret?: { readonly name: string; readonly key?: string };
  /** More of the agent's variables (`count agent --help`), such as COUNT_AGENT_CA. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The parts of a pod that an agent needs: a native sidecar is an init container that goes on running. */
export interface AgentParts {
  readonly container: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly volumes: readonly object[];
  readonly labels: Readonly<Record<string, string>>;
}

const AGENT_HTTP_PORT = 7_781;
const QUEUE_FOLDER = "/var/lib/count-agent";
const TOKEN_FOLDER = "/etc/count-agent/token";
/** Metadata of the queue's segments beside what is in them. */
const QUEUE_OVERHEAD = 1.25;

/**
 * What is added to a pod. Kubernetes 1.29 or newer starts the agent before the application, stops it after, and lets a Job
 * complete though it runs (1.28 with the feature gate SidecarContainers).
 */
export function agentParts(options: AgentOptions = {}): AgentParts {
  const {
    image = imageName({ repository: "count-server", tag: VERSION }),
    server = "dns:///count-headless.count.svc:7777",
    service,
    upstreamPort,
    proxyPort = 7_779,
    queueMaxBytes = 268_435_456,
    tokenSecret,
    env = {},
  } = options;
  const variables: Record<string, string> = {
    COUNT_SERVER: server,
    COUNT_AGENT_LISTEN: "127.0.0.1:7778",
    COUNT_AGENT_HTTP_ADDRESS: `:${AGENT_HTTP_PORT}`,
    COUNT_AGENT_QUEUE_DIR: `${QUEUE_FOLDER}/queue`,
    COUNT_AGENT_QUEUE_MAX_BYTES: String(queueMaxBytes),
    COUNT_LOG_FORMAT: "json",
    ...(service === undefined ? {} : { COUNT_AGENT_SERVICE: service }),
    ...(tokenSecret === undefined ? {} : { COUNT_AGENT_TOKEN_FILE: `${TOKEN_FOLDER}/token` }),
    ...(upstreamPort === undefined
      ? {}
      : { COUNT_AGENT_PROXY_LISTEN: `:${proxyPort}`, COUNT_AGENT_UPSTREAM: `http://127.0.0.1:${upstreamPort}` }),
    ...env,
  };
  const probe = (path: string) => ({ httpGet: { path, port: AGENT_HTTP_PORT } });
  const container = k8s.toJson_Container({
    name: "count-agent",
    image,
    imagePullPolicy: "IfNotPresent",
    args: ["agent"],
    env: Object.entries(variables).map(([name, value]) => ({ name, value })),
    ports: [
      { name: "count-metrics", containerPort: AGENT_HTTP_PORT },
      ...(upstreamPort === undefined ? [] : [{ name: "count-proxy", containerPort: proxyPort }]),
    ],
    resources: {
      requests: { cpu: k8s.Quantity.fromString("20m"), memory: k8s.Quantity.fromString("96Mi") },
      limits: { memory: k8s.Quantity.fromString("256Mi") },
    },
    // The application starts when the agent accepts.
    startupProbe: { ...jsonProbe(probe("/readyz")), periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 60 },
    livenessProbe: { ...jsonProbe(probe("/healthz")), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    // Its own, whatever the pod's are, so that the pod passes `restricted` because of it and not in spite of it.
    securityContext: {
      ...containerSecurity(),
      runAsNonRoot: true,
      runAsUser: COUNT_USER,
      runAsGroup: COUNT_USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    volumeMounts: [
      { name: "count-agent-queue", mountPath: QUEUE_FOLDER },
      { name: "count-agent-tmp", mountPath: "/tmp" },
      ...(tokenSecret === undefined ? [] : [{ name: "count-agent-token", mountPath: TOKEN_FOLDER, readOnly: true }]),
    ],
  }) as Record<string, unknown> & { name: string };
  const mebibytes = Math.ceil((queueMaxBytes * QUEUE_OVERHEAD) / 1_048_576);
  return {
    // Not a field of Kubernetes 1.27's schema, which would leave it out.
    container: { ...container, restartPolicy: "Always" },
    volumes: [
      // Survives the agent's restart, and goes with the pod: the agent delivers what waits before it stops.
      { name: "count-agent-queue", emptyDir: { sizeLimit: `${mebibytes}Mi` } },
      { name: "count-agent-tmp", emptyDir: { sizeLimit: "64Mi" } },
      ...(tokenSecret === undefined ? [] : [tokenVolume(tokenSecret)]),
    ],
    // What the NetworkPolicies of a bundle let in by default.
    labels: { "count-client": "true" },
  };
}

/** Readable for whatever user the container has: no other container of the pod mounts it. */
function tokenVolume({ name, key = "token" }: { readonly name: string; readonly key?: string }): object {
  const secret = { secretName: name, defaultMode: 0o444, items: [{ key, path: "token" }] };
  return { name: "count-agent-token", secret };
}

function jsonProbe({ httpGet }: { httpGet: { path: string; port: number } }): k8s.Probe {
  return { httpGet: { path: httpGet.path, port: k8s.IntOrString.fromNumber(httpGet.port) } };
}
