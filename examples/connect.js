// A shop's service with Connect: by Connect, gRPC-Web, and gRPC over HTTP/2. README.md says how to try it.
import { createServer } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { count } from "@count/client/connect";
import { ShopService } from "./gen/shop/v1/shop_pb.js";

const counting = count({ target: process.env.COUNT_SERVER ?? "127.0.0.1:7777", service: "shop-connect" });

/** @type {Record<string, number>} */
const prices = { kettle: 40, teapot: 25 };

const handler = connectNodeAdapter({
  interceptors: [counting],
  fallback: counting.unmatched(), // counts what is no method, too
  routes: (router) => {
    router.service(ShopService, {
      getProduct({ name }) {
        const price = prices[name];
        if (price === undefined) throw new ConnectError(`there is no ${name}`, Code.NotFound);
        return { price };
      },
      async *watchProducts() {
        for (const [name, price] of Object.entries(prices)) yield { name, price };
      },
    });
  },
});

const server = createServer(handler).listen(Number(process.argv[2] ?? 3000), "127.0.0.1", () => {
  console.log("listening on %j", server.address());
});

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);

function stop() {
  server.close(async () => {
    const { recorded, acknowledged } = await counting.close();
    console.log("counted %d calls, delivered %d", recorded, acknowledged);
  });
}
