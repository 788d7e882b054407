import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { startExpress } from "../apps/express.ts";
import { startFastify } from "../apps/fastify.ts";
import { startHono } from "../apps/hono.ts";
import { startKoa } from "../apps/koa.ts";
import { startNodeHttp } from "../apps/node-http.ts";
import type { StartApp } from "./app.ts";
import { HTTP, HTTP2, HTTPS } from "./serving.ts";

/** The same app in every framework, in its supported versions. */
export const SUBJECTS: readonly (readonly [name: string, start: StartApp])[] = [
  ["node:http", startNodeHttp(HTTP)],
  ["node:https", startNodeHttp(HTTPS)],
  ["node:http2", startNodeHttp(HTTP2)],
  ["Express 5", startExpress("express")],
  ["Express 5 over TLS", startExpress("express", HTTPS)],
  ["Express 4", startExpress("express4")],
  ["Fastify 5", startFastify(HTTP)],
  ["Fastify 5 over HTTP/2", startFastify(HTTP2)],
  ["Koa", startKoa(HTTP)],
  ...(koaMajor() >= 3 ? ([["Koa over HTTP/2", startKoa(HTTP2)]] as const) : []),
  ["Hono 4", startHono(HTTP)],
  ["Hono 4 over HTTP/2", startHono(HTTP2)],
];

/** Koa 2 never answers a HEAD over HTTP/2, with or without an adapter. */
function koaMajor(): number {
  const [folder = ""] = /^.*\/koa\//.exec(createRequire(import.meta.url).resolve("koa")) ?? [];
  const { version } = JSON.parse(readFileSync(`${folder}package.json`, "utf8")) as { readonly version: string };
  return Number.parseInt(version, 10);
}
