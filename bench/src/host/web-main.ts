import { createServer } from "node:http";
import { type Counter, createCounter, type Statistics } from "@count/client";
import { count } from "@count/client/node-http";
import { acknowledged, deliveredSince } from "../load/delivered.ts";
import { serveCalls } from "../process/serve-calls.ts";
import type { ServeJob, WebJobs } from "./web-jobs.ts";

// A host: node:http, alone or with a counter.

const BODY = JSON.stringify({ ok: true });
const HEADERS = { "content-type": "application/json", "content-length": String(BODY.length) };

let counter: Counter | undefined;
let before: Statistics | undefined;

const jobs: WebJobs = {
  async serve({ counts, target }: ServeJob) {
    counter = counts === "not" ? undefined : createCounter({ target });
    const counting = counts === "record" ? counter : undefined;
    const server = createServer((request, response) => {
      counting?.record(request.method ?? "", "/api/v1/resource-00/:id");
      response.writeHead(200, HEADERS).end(BODY);
    });
    if (counter !== undefined && counts === "middleware") count(server, { counter });
    server.keepAliveTimeout = 600_000;
    return await new Promise<number>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        if (typeof address === "object" && address !== null) resolve(address.port);
      });
    });
  },

  async settle() {
    if (counter === undefined) return 0;
    await acknowledged(counter);
    const { requests } = deliveredSince(before, counter);
    before = counter.statistics();
    return requests;
  },
};

serveCalls({ ...jobs });
