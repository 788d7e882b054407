// A shop's API with node:http alone, which has no routes: ids in paths become `:id`. README.md says how to try it.
import { createServer } from "node:http";
import { count } from "@count/client/node-http";

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const [, shop, product] = /^\/shops\/(\d+)\/products\/(\d+)$/.exec(pathname) ?? [];
  if (request.method === "GET" && product !== undefined) response.end(JSON.stringify({ shop, product }));
  else if (request.method === "POST" && /^\/shops\/\d+\/orders$/.test(pathname)) response.writeHead(201).end("{}");
  else response.writeHead(404).end();
});

const counting = count(server, { target: process.env.COUNT_SERVER ?? "127.0.0.1:7777", service: "shop-node-http" });

server.listen(Number(process.argv[2] ?? 3000), "127.0.0.1", () => {
  console.log("listening on %j", server.address());
});

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);

function stop() {
  server.close(async () => {
    const { recorded, acknowledged } = await counting.close();
    console.log("counted %d requests, delivered %d", recorded, acknowledged);
  });
}
