import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGzip, gzip } from "node:zlib";
import { acceptsGzip, matchesTag } from "../api/negotiate.ts";
import { PROBLEM_TYPE, type Problem, problemBody } from "../api/problem.ts";
import type { ApiAnswer } from "../api/route.ts";
import type { StaticFile } from "./static-files.ts";

const compress = promisify(gzip);
/** Below this a packet is a packet. */
const MIN_GZIP_BYTES = 1_400;

/** Sends an answer, compressed where that helps. @throws what the pieces of the body throw; the connection is cut off then. */
export async function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: ApiAnswer): Promise<void> {
  const { status, headers, body } = answer;
  const packs = acceptsGzip(request.headers["accept-encoding"]);
  if (typeof body === "string" || body instanceof Uint8Array) {
    const plain = typeof body === "string" ? Buffer.from(body) : body;
    const isPacked = packs && status !== 304 && plain.length >= MIN_GZIP_BYTES;
    const bytes = isPacked ? await compress(plain) : plain;
    response.writeHead(status, {
      ...headers,
      ...(isPacked ? { "Content-Encoding": "gzip" } : {}),
      ...(status === 304 ? {} : { "Content-Length": bytes.length }),
    });
    response.end(request.method === "HEAD" || status === 304 ? undefined : bytes);
    return;
  }
  response.writeHead(status, { ...headers, ...(packs ? { "Content-Encoding": "gzip" } : {}) });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const pieces = Readable.from(body);
  // The pipeline waits for whoever reads slowly, and destroys the response when a piece fails.
  if (packs) await pipeline(pieces, createGzip(), response);
  else await pipeline(pieces, response);
}

export function sendProblem(request: IncomingMessage, response: ServerResponse, problem: Problem): Promise<void> {
  const headers = { "Content-Type": PROBLEM_TYPE, "Cache-Control": "no-store", ...problem.headers };
  return sendAnswer(request, response, { status: problem.status, headers, body: problemBody(problem) });
}

export function sendFile(request: IncomingMessage, response: ServerResponse, file: StaticFile): void {
  const headers = {
    "Content-Type": file.type,
    "Cache-Control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
    ETag: file.tag,
    Vary: "Accept-Encoding",
  };
  if (matchesTag(request.headers["if-none-match"], file.tag)) {
    response.writeHead(304, headers).end();
    return;
  }
  const packed = acceptsGzip(request.headers["accept-encoding"]) ? file.gzip : undefined;
  const bytes = packed ?? file.plain;
  response.writeHead(200, {
    ...headers,
    ...(packed === undefined ? {} : { "Content-Encoding": "gzip" }),
    "Content-Length": bytes.length,
  });
  response.end(request.method === "HEAD" ? undefined : bytes);
}
