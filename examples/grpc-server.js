// A shop's service with grpc-js. README.md says how to try it.
import { fileURLToPath } from "node:url";
import { count } from "@count/client/grpc";
import { loadPackageDefinition, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const counting = count({ target: process.env.COUNT_SERVER ?? "127.0.0.1:7777", service: "shop-grpc" });

/** @type {Record<string, number>} */
const prices = { kettle: 40, teapot: 25 };

const server = new Server({ interceptors: [counting] });
counting.unregistered(server); // counts calls of methods that nobody has registered, too

const proto = fileURLToPath(new URL("proto/shop/v1/shop.proto", import.meta.url));
const { shop } = /** @type {any} */ (loadPackageDefinition(loadSync(proto)));
server.addService(shop.v1.ShopService.service, {
  /** @type {import("@grpc/grpc-js").handleUnaryCall<{ name: string }, { price: number }>} */
  getProduct({ request: { name } }, done) {
    const price = prices[name];
    if (price === undefined) done({ code: status.NOT_FOUND, details: `there is no ${name}` });
    else done(null, { price });
  },
  /** @type {import("@grpc/grpc-js").handleServerStreamingCall<object, { name: string, price: number }>} */
  watchProducts(call) {
    for (const [name, price] of Object.entries(prices)) call.write({ name, price });
    call.end();
  },
});

server.bindAsync(`127.0.0.1:${process.argv[2] ?? 3000}`, ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log("listening on %j", { address: "127.0.0.1", port });
});

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);

function stop() {
  server.tryShutdown(async () => {
    const { recorded, acknowledged } = await counting.close();
    console.log("counted %d calls, delivered %d", recorded, acknowledged);
  });
}
