import { startExpress } from "../apps/express.ts";
import { startFastify } from "../apps/fastify.ts";
import { startHono } from "../apps/hono.ts";
import { startKoa } from "../apps/koa.ts";
import { startNodeHttp } from "../apps/node-http.ts";
import type { StartApp } from "./app.ts";

/** The same app in every framework, in its supported versions. */
export const SUBJECTS: readonly (readonly [name: string, start: StartApp])[] = [
  ["node:http", startNodeHttp],
  ["Express 5", startExpress("express")],
  ["Express 4", startExpress("express4")],
  ["Fastify 5", startFastify],
  ["Koa 3", startKoa],
  ["Hono 4", startHono],
];
