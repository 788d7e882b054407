import type { Config } from "../config/config.ts";
import type { CockroachDb, External } from "../config/database.ts";
import { imageName } from "../config/images.ts";
import { nodeNames } from "../manifests/cockroachdb/names.ts";

/** The Secrets that a team makes itself, and how: a manifest holds no secret. */
export function secretSteps(config: Config): { readonly title: string; readonly text: string }[] {
  const { namespace = "count", database, tls, auth, tracing, name } = config;
  const steps: { title: string; text: string }[] = [];
  if (database.kind === "external")
    steps.push({ title: "The database and its Secrets", text: externalSecrets(database, namespace) });
  if (database.kind === "cockroachdb") steps.push(...cockroachSecrets(database, name, namespace));
  if (tls.mode === "secret") {
    steps.push({
      title: "The server's certificate",
      text:
        `For the names \`${name}\`, \`${name}-headless\` and those with \`.${namespace}.svc\`; cert-manager's Secrets have these keys too.\n\n` +
        code(
          `kubectl create secret generic --namespace ${namespace} ${tls.secretName} \\`,
          "  --from-file=tls.crt=server.crt --from-file=tls.key=server.key --from-file=ca.crt=ca.crt",
        ),
    });
  }
  if (tracing?.headersSecret !== undefined) {
    const { name: secret, key } = tracing.headersSecret;
    steps.push({
      title: "Headers for the collector",
      text:
        `What \`${tracing.host}\` asks for, as \`key=value,key=value\` without a newline at the end. Pods read it once; after a change \`kubectl rollout restart\`.\n\n` +
        code(`kubectl create secret generic --namespace ${namespace} ${secret} --from-file=${key}=./collector-headers`),
    });
  }
  if (auth !== undefined) steps.push({ title: "Tokens", text: tokens(config, auth, namespace) });
  return steps;
}

function tokens({ images }: Config, { file, rollupToken }: NonNullable<Config["auth"]>, namespace: string): string {
  const image = imageName(images.count);
  return [
    `Every caller has a token, and the servers a file with the tokens' hashes and what each may do. \`count token\` prints a token, once, and its entry. The roll-up needs the scope \`rollup\`, whoever is counted \`record\`, whoever looks \`read\`.`,
    code(
      `docker run --rm ${image} token --name rollup --scope rollup                       # the token into rollup-token, the entry into ${file.key}`,
      `docker run --rm ${image} token --name shop --scope record --service shop          # for the application shop`,
      `docker run --rm ${image} token --name people --scope read                         # for who looks at the page`,
      `kubectl create secret generic --namespace ${namespace} ${file.name} --from-file=${file.key}=./${file.key}`,
      `kubectl create secret generic --namespace ${namespace} ${rollupToken.name} --from-file=${rollupToken.key}=./rollup-token`,
    ),
    "The servers read the file again when the Secret changes; nothing has to be restarted. The operations guide says how to rotate a token.",
  ].join("\n\n");
}

function cockroachSecrets({ certificates, licenceSecret }: CockroachDb, bundle: string, namespace: string) {
  const steps: { title: string; text: string }[] = [];
  const [nodes, service] = [`${bundle}-cockroachdb`, `${bundle}-cockroachdb-public`];
  const secret = (of: string, file: string) => [
    `kubectl create secret generic --namespace ${namespace} ${nodes}-${of} \\`,
    `  --from-file=tls.crt=certs/${file}.crt --from-file=tls.key=certs/${file}.key --from-file=ca.crt=certs/ca.crt`,
  ];
  if (certificates.from === "secrets") {
    steps.push({
      title: "Certificates",
      text: [
        "One authority signs three certificates: the nodes', that of the user `root`, which initializes the cluster, and Count's own. Where cert-manager is, or where a Job may make them, `database.certificates` of the configuration does all of it.",
        code(
          "mkdir certs && cockroach cert create-ca --certs-dir=certs --ca-key=ca.key",
          `cockroach cert create-node --certs-dir=certs --ca-key=ca.key ${nodeNames(nodes, service, namespace)
            .map((name) => (name.includes("*") ? `'${name}'` : name))
            .join(" ")}`,
          "cockroach cert create-client root --certs-dir=certs --ca-key=ca.key",
          "cockroach cert create-client count --certs-dir=certs --ca-key=ca.key",
          ...secret("node", "node"),
          ...secret("root", "client.root"),
          ...secret("client", "client.count"),
        ),
        "Keep `ca.key` where you keep such things; the cluster does not need it.",
      ].join("\n\n"),
    });
  }
  if (certificates.from === "cert-manager") {
    steps.push({
      title: "cert-manager",
      text: "It has to be in the cluster before the bundle is applied. It makes the certificates and renews them; after a renewal `kubectl rollout restart` of the StatefulSet and the Deployment lets the nodes and Count read them.",
    });
  }
  if (certificates.from === "bootstrap") {
    steps.push({
      title: "Certificates",
      text: `A Job makes them once, for five years, and puts them into Secrets; it overwrites none. The Secret \`${nodes}-ca\` holds the authority's key too: who may read Secrets in this namespace is an administrator of the database. To make new ones delete the four Secrets \`${nodes}-ca\`, \`-node\`, \`-root\` and \`-client\` and the Job, apply, and restart the StatefulSet and the Deployment together.`,
    });
  }
  steps.push({
    title: "A licence",
    text:
      licenceSecret === undefined
        ? "CockroachDB 24.3 and newer without a licence key, free under conditions, lets only five transactions at a time through after seven days. Name a Secret with the key in `database.licenceSecret`."
        : code(
            `kubectl create secret generic --namespace ${namespace} ${licenceSecret.name} --from-file=${licenceSecret.key}=./licence.txt`,
          ),
  });
  return steps;
}

function externalSecrets(database: External, namespace: string): string {
  const { credentials, migrationCredentials, ca, host, port } = database;
  const roles = [credentials, ...(migrationCredentials === undefined ? [] : [migrationCredentials])];
  return [
    `PostgreSQL 15 or newer, or CockroachDB 24 or newer, at \`${host}:${port}\` with a database \`${database.database}\`. Its certificate must bear the name \`${host}\`, and \`${ca.key}\` hold the authority that signed it: TLS is verified in full, always.` +
      (migrationCredentials === undefined
        ? " One role owns the database, migrates and serves; `database.migrationCredentials` separates the two, and docs/running.md says what to grant."
        : ""),
    code(
      ...roles.flatMap((role) => [
        `kubectl create secret generic --namespace ${namespace} ${role.name} \\`,
        `  --from-literal=${role.usernameKey}=count --from-file=${role.passwordKey}=./password`,
      ]),
      `kubectl create secret generic --namespace ${namespace} ${ca.name} --from-file=${ca.key}=./ca.crt`,
    ),
    "The file with the password must not end with a newline. After changing a Secret change `database.secretRevision` and apply again: pods read Secrets once.",
  ].join("\n\n");
}

function code(...lines: string[]): string {
  return ["```sh", ...lines, "```"].join("\n");
}
