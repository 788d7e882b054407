import { z } from "zod";
import { type Address, parseAddress } from "./address.ts";
import type { ValuesOf } from "./read-settings.ts";
import {
  filePath,
  type Kind,
  listenAddress,
  listenAddressOrNone,
  oneOf,
  onOrOff,
  type Setting,
  setting,
  wholeNumber,
} from "./setting.ts";

/** A port, or a Unix socket. */
export type Place = Address | { readonly path: string };

const AGENT = ["agent"] as const;
const DAY_MS = 86_400_000;
const LISTEN: Place = Object.freeze({ host: "127.0.0.1", port: 7778 });
const HTTP_ADDRESS = Object.freeze({ host: "127.0.0.1", port: 7781 });
/** What sockaddr_un holds on every system, with its NUL. */
const MAX_SOCKET_PATH = 103;

/** A function of the text; undefined is a text that is not accepted. */
function kind<Value>(argument: string, accepts: string, parse: (text: string) => Value | undefined): Kind<Value> {
  return {
    argument,
    accepts,
    rule: z.string().transform((text, context) => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.issues.push({ code: "custom", message: "not accepted", input: text });
      return z.NEVER;
    }),
  };
}

const place: Kind<Place | undefined> = kind<Place>(
  "<host:port|unix:path>",
  "host:port, or unix: and the path of a socket of up to 103 bytes, such as unix:/run/count/agent.sock",
  (text) => {
    if (!text.startsWith("unix:")) return parseAddress(text);
    const path = text.slice("unix:".length);
    return path === "" || path.includes("\0") || Buffer.byteLength(path) > MAX_SOCKET_PATH ? undefined : { path };
  },
);

const httpUrl: Kind<URL | undefined> = kind(
  "<url>",
  "an http:// URL with host and port and nothing behind them, such as http://127.0.0.1:8080",
  (text) => {
    try {
      const url = new URL(text);
      const isBare = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
      return url.protocol === "http:" && isBare ? url : undefined;
    } catch {
      return undefined;
    }
  },
);

const grpcTarget: Kind<string> = kind("<address>", "host:port, dns:///host:port or unix:/path of the server", (text) =>
  /^(?:dns:|ipv4:|ipv6:|unix:)\S+$/.test(text) || parseAddress(text)?.host ? text : undefined,
);

const serviceName: Kind<string | undefined> = kind("<name>", "up to 1,024 bytes of text without NUL", (text) =>
  Buffer.byteLength(text) > 1_024 || text.includes("\0") ? undefined : text,
);

const queueBytes: Kind<number | undefined> = wholeNumber("bytes", 65_536, 1_099_511_627_776);

const taking = {
  listen: setting("listen", {
    env: "COUNT_AGENT_LISTEN",
    commands: AGENT,
    kind: place,
    fallback: LISTEN,
    default: "127.0.0.1:7778",
    description:
      "Where Add and Record of count.v1 and Envoy's access logs are taken, in plain text: a port, or a Unix socket (its mode is 0660). Beyond the loopback interface it needs --insecure.",
  }),
  insecure: setting("insecure", {
    env: "COUNT_AGENT_INSECURE",
    commands: AGENT,
    kind: onOrOff,
    fallback: false,
    description: "Lets --listen be beyond the loopback interface: anyone who can connect can count.",
  }),
  httpAddress: setting("httpAddress", {
    env: "COUNT_AGENT_HTTP_ADDRESS",
    commands: AGENT,
    kind: listenAddress,
    fallback: HTTP_ADDRESS,
    default: "127.0.0.1:7781",
    description: "Where /healthz, /readyz and /metrics are served, in plain text.",
  }),
  maxMessageBytes: setting("maxMessageBytes", {
    env: "COUNT_AGENT_MAX_MESSAGE_BYTES",
    commands: AGENT,
    kind: wholeNumber("bytes", 1_024, 4_194_304),
    fallback: 4_194_304,
    description: "Size of a gRPC message, decompressed. A call with a larger one ends with RESOURCE_EXHAUSTED.",
  }),
  maxPathBytes: setting("maxPathBytes", {
    env: "COUNT_AGENT_MAX_PATH_BYTES",
    commands: AGENT,
    kind: wholeNumber("bytes", 1, 1_300),
    fallback: 1_024,
    description: "Length of a path and of a service in UTF-8 that Add and Record accept. It should be the server's.",
  }),
};

const delivering = {
  server: setting("server", {
    env: "COUNT_SERVER",
    commands: AGENT,
    kind: grpcTarget,
    fallback: "127.0.0.1:7777",
    description: "The Count server. All addresses of a name are used in turn.",
  }),
  tls: setting("tls", {
    env: "COUNT_AGENT_TLS",
    commands: AGENT,
    kind: onOrOff,
    fallback: false,
    description: "Speak TLS to the server, trusting the authorities that Node.js trusts.",
  }),
  ca: setting("ca", {
    env: "COUNT_AGENT_CA",
    commands: AGENT,
    kind: filePath,
    fallback: undefined,
    default: "those of Node.js",
    description: "PEM file of the authorities that are trusted instead; it means --tls.",
  }),
  cert: setting("cert", {
    env: "COUNT_AGENT_CERT",
    commands: AGENT,
    kind: filePath,
    fallback: undefined,
    default: "none",
    description: "PEM certificate to show to the server; it means --tls and needs --key.",
  }),
  key: setting("key", {
    env: "COUNT_AGENT_KEY",
    commands: AGENT,
    kind: filePath,
    fallback: undefined,
    default: "none",
    description: "PEM private key of that certificate.",
  }),
  tokenFile: setting("tokenFile", {
    env: "COUNT_AGENT_TOKEN_FILE",
    commands: AGENT,
    kind: filePath,
    fallback: undefined,
    default: "none",
    description: "File with a token that is sent as `authorization: Bearer`. It is read for every stream.",
  }),
  queue: setting("queue", {
    env: "COUNT_AGENT_QUEUE",
    commands: AGENT,
    kind: oneOf("disk", "memory"),
    fallback: "disk" as const,
    description:
      "Where requests wait for the server. disk: an answer is given once they are synced, and a killed agent loses nothing that it answered for. memory: what waits is lost with the process.",
  }),
  queueDir: setting("queueDir", {
    env: "COUNT_AGENT_QUEUE_DIR",
    commands: AGENT,
    kind: filePath,
    fallback: undefined,
    default: "a folder of the user's",
    description: "Folder of the queue on disk; it is made when missing, and belongs to one agent at a time.",
  }),
  queueMaxBytes: setting("queueMaxBytes", {
    env: "COUNT_AGENT_QUEUE_MAX_BYTES",
    commands: AGENT,
    kind: queueBytes,
    fallback: undefined,
    default: "268435456 on disk, 67108864 in memory",
    description:
      "Size of the queue, which also has at most 200,000 batches. When it is full, Add is refused with RESOURCE_EXHAUSTED, Record streams are not read, and counts of the proxy and of access logs merge in memory, up to 200,000 different ones; further ones are dropped and counted as dropped. Traffic is never held up.",
  }),
};

const proxying = {
  proxyListen: setting("proxyListen", {
    env: "COUNT_AGENT_PROXY_LISTEN",
    commands: AGENT,
    kind: listenAddressOrNone,
    fallback: undefined,
    default: "no proxy",
    description: "Where the reverse proxy takes HTTP/1.1, and HTTP/2 and gRPC in plain text. Needs --upstream.",
  }),
  upstream: setting("upstream", {
    env: "COUNT_AGENT_UPSTREAM",
    commands: AGENT,
    kind: httpUrl,
    fallback: undefined,
    default: "no proxy",
    description: "The application behind the proxy. It is spoken to in the protocol in which a request came.",
  }),
  rules: setting("rules", {
    env: "COUNT_AGENT_RULES",
    commands: AGENT,
    kind: filePath,
    fallback: undefined,
    default: "none",
    description: "YAML or JSON file with the path templates under which proxied and logged requests are counted.",
  }),
  openapi: setting("openapi", {
    env: "COUNT_AGENT_OPENAPI",
    commands: AGENT,
    kind: filePath,
    fallback: undefined,
    default: "none",
    description:
      "OpenAPI 3 document (YAML or JSON) whose paths are such templates. Without rules and document, ids in paths are replaced.",
  }),
  service: setting("service", {
    env: "COUNT_AGENT_SERVICE",
    commands: AGENT,
    kind: serviceName,
    fallback: undefined,
    default: "OTEL_SERVICE_NAME, or empty",
    description: "The service of proxied and logged requests.",
  }),
  connectTimeoutMs: setting("connectTimeoutMs", {
    env: "COUNT_AGENT_CONNECT_TIMEOUT_MS",
    commands: AGENT,
    kind: wholeNumber("milliseconds", 1, DAY_MS),
    fallback: 5_000,
    description: "How long connecting to the application may take; then the client gets 504.",
  }),
  responseTimeoutMs: setting("responseTimeoutMs", {
    env: "COUNT_AGENT_RESPONSE_TIMEOUT_MS",
    commands: AGENT,
    kind: wholeNumber("milliseconds", 1, DAY_MS, { unlimited: true }),
    fallback: 300_000,
    description:
      "How long the application may take from the end of a request to the head of its response; then the client gets 504. gRPC has deadlines of its own, and is not limited.",
  }),
  maxUpstreamConnections: setting("maxUpstreamConnections", {
    env: "COUNT_AGENT_MAX_UPSTREAM_CONNECTIONS",
    commands: AGENT,
    kind: wholeNumber("connections", 1, 65_535),
    fallback: 1_024,
    description:
      "HTTP/1.1 connections to the application, at most; further requests wait for one. Upgrades come on top.",
  }),
  maxProxyConnections: setting("maxProxyConnections", {
    env: "COUNT_AGENT_MAX_PROXY_CONNECTIONS",
    commands: AGENT,
    kind: wholeNumber("connections", 1, 1_000_000),
    fallback: 20_000,
    description: "Connections of clients to the proxy, at most; further ones are closed at once.",
  }),
};

const running = {
  sealAfterMs: setting("sealAfterMs", {
    env: "COUNT_AGENT_SEAL_AFTER_MS",
    commands: AGENT,
    kind: wholeNumber("milliseconds", 1, 60_000),
    fallback: 1_000,
    description:
      "How often counts of the proxy and of access logs go into the queue; a killed agent loses what came since.",
  }),
  drainTimeoutMs: setting("drainTimeoutMs", {
    env: "COUNT_AGENT_DRAIN_TIMEOUT_MS",
    commands: AGENT,
    kind: wholeNumber("milliseconds", 0, 3_600_000),
    fallback: 20_000,
    description:
      "How long stopping may take: half of it at most for requests and calls under way, which are cut off then, and the rest for delivering the queue.",
  }),
  logLevel: setting("logLevel", {
    commands: AGENT,
    kind: oneOf("trace", "debug", "info", "warn", "error", "fatal", "silent"),
    fallback: "info" as const,
    description: "The least severe log records that are written.",
  }),
  logFormat: setting("logFormat", {
    commands: AGENT,
    kind: oneOf("auto", "json", "pretty"),
    fallback: "auto" as const,
    description: "json is one object a line; pretty is for people; auto is pretty on a terminal and json elsewhere.",
  }),
};

/** Every setting of `count agent`, by key. */
export const AGENT_SETTINGS = Object.freeze({ ...taking, ...delivering, ...proxying, ...running });

export type AgentSettingValues = ValuesOf<typeof AGENT_SETTINGS>;

/** The same as a list, in the order in which they are documented. */
export const agentSettings: readonly Setting[] = Object.freeze(Object.values(AGENT_SETTINGS));
