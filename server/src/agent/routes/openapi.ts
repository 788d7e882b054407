import { CountError } from "../../domain/count-error.ts";
import { readDocument } from "./document.ts";
import type { RouteRule } from "./rules-file.ts";

interface Server {
  readonly url?: unknown;
  readonly variables?: unknown;
}

/**
 * The path templates of an OpenAPI 3 document, each below the base path of every server that is given for it (a server's URL
 * may be relative, and have variables, which have defaults).
 *
 * https://spec.openapis.org/oas/v3.1.1.html#paths-object, #server-object
 *
 * @throws CountError `invalid` naming the file and what is wrong with it.
 */
export function readOpenApi(file: string): RouteRule[] {
  const document = asObject(readDocument(file)) ?? {};
  const { openapi, paths, servers } = document;
  if (typeof openapi !== "string" || !openapi.startsWith("3.")) {
    throw new CountError("invalid", `${file}: openapi is ${JSON.stringify(openapi)}; accepted are 3.x documents`);
  }
  const items = asObject(paths);
  if (items === undefined)
    throw new CountError("invalid", `${file}: paths is missing; accepted is an object of path items`);
  const rules = new Map<string, RouteRule>();
  for (const [path, item] of Object.entries(items)) {
    // Extensions, such as x-internal.
    if (!path.startsWith("/")) continue;
    for (const base of basesOf(file, asObject(item)?.["servers"] ?? servers)) {
      const template = `${base}${path}`;
      rules.set(template, { template, counted: template });
    }
  }
  return [...rules.values()];
}

/** The base paths of a list of servers, without a slash at their end. Without servers it is the root. */
function basesOf(file: string, servers: unknown): ReadonlySet<string> {
  if (servers === undefined || (Array.isArray(servers) && servers.length === 0)) return new Set([""]);
  if (!Array.isArray(servers)) throw new CountError("invalid", `${file}: servers is not a list; accepted are {url: …}`);
  return new Set(servers.map((server: Server) => baseOf(file, server)));
}

function baseOf(file: string, { url, variables }: Server): string {
  if (typeof url !== "string")
    throw new CountError("invalid", `${file}: a server has no url; accepted is such as /api/v1`);
  const filled = url.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const standard = asObject(asObject(variables)?.[name])?.["default"];
    if (typeof standard !== "string" && typeof standard !== "number") {
      throw new CountError("invalid", `${file}: the server ${url} has no default for its variable ${name}`);
    }
    return String(standard);
  });
  try {
    // A relative URL is seen from where the document is served, which is taken for the root.
    return new URL(filled, "http://localhost/").pathname.replace(/\/+$/, "");
  } catch (error) {
    throw new CountError("invalid", `${file}: the server's url ${url} is no URL`, error);
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
