import { z } from "zod";

/** What several parts of a configuration are made of. A rule's message ends the sentence "it must be …". */

const LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUANTITY = /^(?:0*[1-9]\d{0,8}(?:\.\d{1,3})?|0\.0{0,2}[1-9]\d{0,2})(?:m|k|M|G|T|Ki|Mi|Gi|Ti)?$/;
const LABEL_KEY = /^(?:[a-z0-9](?:[-a-z0-9.]{0,250}[a-z0-9])?\/)?[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/;
const HOST = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9.]{0,251}[A-Za-z0-9])?|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:.]{2,45}\])$/;
const CIDR =
  /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}\/(?:3[0-2]|[12]?\d)|[0-9a-fA-F:]{2,39}\/(?:12[0-8]|1[01]\d|\d?\d))$/;

/** A name that becomes part of other names and of host names. */
export function dnsLabel(max: number) {
  return z.string().max(max).regex(LABEL, "expected lower-case letters, digits and dashes, beginning with a letter");
}

/** The name of a Secret, a class or another object that exists already. */
export const objectName = z
  .string()
  .max(253)
  .regex(SUBDOMAIN, "expected the name of an object: lower-case letters, digits, dashes and dots");

/** The key of a Secret's data. */
export const secretKey = z
  .string()
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, "expected a key of a Secret: letters, digits, dashes, dots and underscores");

/** One key of a Secret. */
export function secretItem(name: string, key: string) {
  return z.strictObject({
    name: objectName.default(name).describe(`Name of the Secret. Default ${name}.`),
    key: secretKey.default(key).describe(`Its key. Default ${key}.`),
  });
}

export const quantity = z.string().regex(QUANTITY, 'expected an amount such as "100m", "0.5" or "256Mi"');

/** An amount of memory or of a disk, with a unit: a bare number is taken for bytes and is a slip. */
export const byteQuantity = z
  .string()
  .regex(/^[1-9]\d{0,8}(?:Ki|Mi|Gi|Ti|k|M|G|T)$/, 'expected a whole number with a unit, such as "256Mi" or "10Gi"');

export const hostName = z.string().regex(HOST, "expected a host name or an IP address (IPv6 in brackets)");

export const port = z.int().min(1).max(65_535);

export const labelMap = z.record(
  z.string().regex(LABEL_KEY, "expected the key of a label, such as example.org/team"),
  z
    .string()
    .regex(LABEL_VALUE, "expected the value of a label: at most 63 letters, digits, dashes, dots and underscores"),
);

export const annotationMap = z.record(
  z.string().regex(LABEL_KEY, "expected the key of an annotation"),
  z.string().max(4_096),
);

/** Who is on the other side of a connection, for NetworkPolicies. */
export const peer = z
  .strictObject({
    namespaceLabels: labelMap
      .optional()
      .describe("Pods in namespaces with these labels; {} is every namespace. Default: only this namespace."),
    podLabels: labelMap.optional().describe("Pods with these labels. Default: every pod of those namespaces."),
    cidr: z
      .string()
      .regex(CIDR, "expected a range of addresses such as 10.0.0.0/8")
      .optional()
      .describe("Addresses outside the cluster, instead of labels."),
  })
  .refine(
    ({ namespaceLabels, podLabels, cidr }) =>
      (cidr === undefined) !== (namespaceLabels === undefined && podLabels === undefined),
    {
      message: "expected either cidr, or namespaceLabels and podLabels or one of them",
    },
  )
  .describe("One side of a connection: pods by labels, or addresses.");

export type Peer = z.output<typeof peer>;
export type LabelMap = z.output<typeof labelMap>;
