export { DeploymentWithAgent, withAgent } from "./agent/deployment-with-agent.ts";
export { type AgentOptions, agentParts } from "./agent/sidecar.ts";
export { bundleFiles, bundleManifests, type Manifest } from "./bundle/files.ts";
export type { Config, ConfigInput } from "./config/config.ts";
export { ConfigError, checkConfig, readConfig } from "./config/read-config.ts";
