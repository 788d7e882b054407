import type { k8s } from "cdk8s-plus-27";
import type { Bundle } from "./bundle.ts";

interface AuthParts {
  readonly env: Readonly<Record<string, string>>;
  readonly volumes: readonly k8s.Volume[];
  readonly mounts: readonly k8s.VolumeMount[];
}

const FOLDER = "/etc/count/auth";
const TOKEN_FOLDER = "/etc/count/token";
const NONE: AuthParts = { env: {}, volumes: [], mounts: [] };

/** The file of those who may call, for the server. */
export function serverAuth({ config: { auth } }: Bundle): AuthParts {
  if (auth === undefined) return NONE;
  return {
    env: { COUNT_AUTH_FILE: `${FOLDER}/auth.yaml` },
    ...secretFile("auth", auth.file, FOLDER, "auth.yaml"),
  };
}

/** The token of a client in the bundle, such as the roll-up. */
export function clientToken({ config: { auth } }: Bundle): AuthParts {
  if (auth === undefined) return NONE;
  return {
    env: { COUNT_TOKEN_FILE: `${TOKEN_FOLDER}/token` },
    ...secretFile("token", auth.rollupToken, TOKEN_FOLDER, "token"),
  };
}

/** A folder and not a file is mounted: a file that is mounted by itself never changes when its Secret does. */
function secretFile(volume: string, secret: { name: string; key: string }, folder: string, path: string) {
  const items = [{ key: secret.key, path }];
  return {
    volumes: [{ name: volume, secret: { secretName: secret.name, defaultMode: 0o440, items } }],
    mounts: [{ name: volume, mountPath: folder, readOnly: true }],
  };
}
