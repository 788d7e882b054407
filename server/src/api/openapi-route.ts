import { matchesTag } from "./negotiate.ts";
import { openApiDocument } from "./openapi.ts";
import type { ApiRoute } from "./route.ts";

/** `GET /openapi.json`: what the API takes and gives, OpenAPI 3.1. */
export function openApiRoute(version: string): ApiRoute {
  const body = `${JSON.stringify(openApiDocument(version), null, 1)}\n`;
  const tag = `"${version}-${body.length.toString(36)}"`;
  return ({ headers }) => {
    const answered = { ETag: tag, "Cache-Control": "no-cache", "Content-Type": "application/json; charset=utf-8" };
    if (matchesTag(headers["if-none-match"] as string | undefined, tag))
      return { status: 304, headers: answered, body: "" };
    return { status: 200, headers: answered, body };
  };
}
