import { z } from "zod";
import { VERSION } from "../version.ts";
import { objectName } from "./values.ts";

const repository = z
  .string()
  .max(255)
  .regex(
    /^[a-z0-9]+(?:[._:/-]+[a-z0-9]+)*$/,
    "expected a repository such as registry.example.org/team/count, without a tag",
  );
const tag = z.string().regex(/^[A-Za-z0-9_][-A-Za-z0-9_.]{0,127}$/, "expected a tag such as 1.2.3");
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "expected sha256: and 64 hexadecimal digits");

function image(of: string, name: string, version: string) {
  return z
    .strictObject({
      repository: repository.default(name).describe(`Where ${of} is. Default ${name}.`),
      tag: tag.default(version).describe(`Default ${version}. Ignored where a digest is given.`),
      digest: digest.optional().describe("Exactly this image, whatever its tag is later moved to. Default: none."),
    })
    .prefault({})
    .describe(`The image of ${of}.`);
}

export const images = z
  .strictObject({
    count: image("Count", "count-server", VERSION),
    postgres: image("the PostgreSQL of database.kind inside", "postgres", "18"),
    cockroachdb: image("the CockroachDB of database.kind cockroachdb", "cockroachdb/cockroach", "v25.4.0"),
    pullPolicy: z
      .enum(["IfNotPresent", "Always", "Never"])
      .default("IfNotPresent")
      .describe("When a node pulls an image. Default IfNotPresent. Always makes every start depend on the registry."),
    pullSecrets: z
      .array(objectName)
      .max(10)
      .default([])
      .describe("Secrets with the registry's credentials, for every pod. Default: none."),
  })
  .prefault({})
  .describe("Every image of the bundle, in one place.");

export interface Image {
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string | undefined;
}

/** How a pod names an image: by its digest where there is one. */
export function imageName({ repository: name, tag: version, digest: exact }: Image): string {
  return exact === undefined ? `${name}:${version}` : `${name}@${exact}`;
}
