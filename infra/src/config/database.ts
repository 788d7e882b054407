import { z } from "zod";
import { byteQuantity, hostName, objectName, peer, port, secretKey } from "./values.ts";
import { resources } from "./workloads.ts";

const name = z
  .string()
  .regex(/^[A-Za-z_][-A-Za-z0-9_]{0,62}$/, "expected a name of at most 63 letters, digits, dashes and underscores");

function credentials(secret: string) {
  return {
    name: objectName.default(secret).describe(`Name of the Secret. Default ${secret}. Pods wait until it exists.`),
    usernameKey: secretKey.default("username").describe("Key with the role's name. Default username."),
    passwordKey: secretKey
      .default("password")
      .describe("Key with its password, as it is, not encoded. Default password."),
  };
}

const secretRevision = z
  .string()
  .max(63)
  .regex(/^[-_.A-Za-z0-9]+$/, "expected letters, digits, dashes, dots and underscores")
  .default("1")
  .describe(
    "Change it when a Secret's content changed, such as a password: it rolls the pods, which read Secrets once, and migrates again. Default 1.",
  );

export const external = z.strictObject({
  kind: z.literal("external").describe("A PostgreSQL 15+ or CockroachDB 24+ that is there already."),
  host: hostName
    .default("postgres")
    .describe("Its name, which its certificate must bear. Default postgres, a Service in the same namespace."),
  port: port.default(5_432).describe("Default 5432."),
  database: name.default("count").describe("Default count."),
  credentials: z
    .strictObject(credentials("count-database"))
    .prefault({})
    .describe("The role of the servers. docs/running.md says what it must be granted."),
  migrationCredentials: z
    .strictObject(credentials("count-database"))
    .optional()
    .describe(
      "The role that owns the schema and migrates. Default: the servers' role. With one of its own the servers cannot change the schema.",
    ),
  ca: z
    .strictObject({
      name: objectName.default("count-database-ca").describe("Name of the Secret. Default count-database-ca."),
      key: secretKey.default("ca.crt").describe("Key with the PEM certificates. Default ca.crt."),
    })
    .prefault({})
    .describe(
      "The authority that signed the database's certificate. TLS is always on and always verifies certificate and host name.",
    ),
  networkPeers: z
    .array(peer)
    .min(1)
    .max(50)
    .optional()
    .describe("Where the database is, for the NetworkPolicies. Default: anywhere, at its port."),
  secretRevision,
});

export const inside = z.strictObject({
  kind: z
    .literal("inside")
    .describe("A PostgreSQL in the server's own pod, for trying out: one server, one volume, no replica, no backup."),
  storage: z
    .strictObject({
      size: byteQuantity
        .default("1Gi")
        .describe("Size of the volume. Default 1Gi. Kubernetes keeps it when the bundle is deleted."),
      className: objectName.optional().describe("StorageClass. Default: the cluster's."),
    })
    .prefault({})
    .describe("The volume of its data. Cannot be changed later."),
  resources: resources("50m", "128Mi", "512Mi"),
});

const certificates = z.discriminatedUnion("from", [
  z.strictObject({
    from: z.literal("secrets").describe("You make the Secrets; NEXT-STEPS.md says how."),
  }),
  z.strictObject({
    from: z.literal("cert-manager").describe("cert-manager makes the Secrets and renews them."),
    issuerRef: z
      .strictObject({
        name: objectName.describe(
          "Name of the issuer. It must sign client certificates too, and put its own into ca.crt.",
        ),
        kind: z.enum(["Issuer", "ClusterIssuer"]).default("Issuer").describe("Default Issuer."),
      })
      .optional()
      .describe("Who signs. Default: an authority of the bundle's own, made by cert-manager too."),
  }),
  z.strictObject({
    from: z
      .literal("bootstrap")
      .describe(
        "A Job makes the Secrets once and never overwrites one. Its pod may create Secrets in the namespace; nothing else has a token.",
      ),
  }),
]);

export const cockroachdb = z.strictObject({
  kind: z.literal("cockroachdb").describe("A secure CockroachDB of three nodes, in this bundle."),
  certificates: certificates
    .default({ from: "secrets" })
    .describe("Where the certificates of nodes and clients come from. Default secrets."),
  storage: z
    .strictObject({
      size: byteQuantity
        .default("20Gi")
        .describe("Size of each node's volume. Default 20Gi. It fills up for good: watch it."),
      className: objectName.optional().describe("StorageClass; local or SSD. Default: the cluster's."),
    })
    .prefault({})
    .describe("The volumes of the nodes. Cannot be changed later."),
  resources: resources("500m", "2Gi", "4Gi"),
  licenceSecret: z
    .strictObject({
      name: objectName.describe("Name of the Secret."),
      key: secretKey.default("licence").describe("Key with the licence key. Default licence."),
      organization: z
        .string()
        .min(1)
        .max(200)
        .regex(/^[^\n\r\t$]*$/, "expected a line of text without $")
        .optional()
        .describe("The organization that the licence was given to. Default: not set; older licences need it."),
    })
    .optional()
    .describe(
      "The licence key. Default: none. CockroachDB 24.3+ without one lets 5 transactions through at a time after 7 days.",
    ),
  secretRevision,
});

export const database = z
  .discriminatedUnion("kind", [external, inside, cockroachdb])
  .prefault({ kind: "external" })
  .describe("Where the counts are kept.");

export type External = z.output<typeof external>;
export type Inside = z.output<typeof inside>;
export type CockroachDb = z.output<typeof cockroachdb>;
