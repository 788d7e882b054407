// A shop's API with Hono on Node.js. README.md says how to try it.
import { count } from "@count/client/hono";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const counting = count({ target: process.env.COUNT_SERVER ?? "127.0.0.1:7777", service: "shop-hono" });

const app = new Hono();
app.use(counting); // before everything else

const shop = new Hono();
shop.get("/products/:product", (context) => context.json(context.req.param()));
shop.post("/orders", (context) => context.json({ ordered: true }, 201));
app.route("/shops/:shop", shop);

const server = serve({ fetch: app.fetch, port: Number(process.argv[2] ?? 3000), hostname: "127.0.0.1" }, (address) => {
  console.log("listening on %j", address);
});

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);

function stop() {
  server.close(async () => {
    const { recorded, acknowledged } = await counting.close();
    console.log("counted %d requests, delivered %d", recorded, acknowledged);
  });
}
