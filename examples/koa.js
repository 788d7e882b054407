// A shop's API with Koa and @koa/router. README.md says how to try it.
import { count } from "@count/client/koa";
import Router from "@koa/router";
import Koa from "koa";

const counting = count({ target: process.env.COUNT_SERVER ?? "127.0.0.1:7777", service: "shop-koa" });

const app = new Koa();
app.use(counting); // before everything else

const shop = new Router({ prefix: "/shops/:shop" });
shop.get("/products/:product", (context) => {
  context.body = context.params;
});
shop.post("/orders", (context) => {
  context.status = 201;
  context.body = { ordered: true };
});
app.use(shop.routes()).use(shop.allowedMethods());

const server = app.listen(Number(process.argv[2] ?? 3000), "127.0.0.1", () => {
  console.log("listening on %j", server.address());
});

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);

function stop() {
  server.close(async () => {
    const { recorded, acknowledged } = await counting.close();
    console.log("counted %d requests, delivered %d", recorded, acknowledged);
  });
}
