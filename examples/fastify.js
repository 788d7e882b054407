// A shop's API with Fastify 5. README.md says how to try it.
import { count } from "@count/client/fastify";
import Fastify from "fastify";

const counting = count({ target: process.env.COUNT_SERVER ?? "127.0.0.1:7777", service: "shop-fastify" });

const app = Fastify();
app.register(counting); // before other plugins

app.register(
  async (shop) => {
    shop.get("/products/:product", async (request) => request.params);
    shop.post("/orders", async (_request, reply) => reply.status(201).send({ ordered: true }));
  },
  { prefix: "/shops/:shop" },
);

await app.listen({ port: Number(process.argv[2] ?? 3000), host: "127.0.0.1" });
console.log("listening on %j", app.server.address());

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);

async function stop() {
  await app.close(); // begins to close the counter, too, and does not wait for it
  const { recorded, acknowledged } = await counting.close();
  console.log("counted %d requests, delivered %d", recorded, acknowledged);
}
