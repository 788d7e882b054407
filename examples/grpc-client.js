// Calls grpc-server.js, and counts what it calls: for when the server cannot. README.md says how to try it.
import { fileURLToPath } from "node:url";
import { countCalls } from "@count/client/grpc";
import { credentials, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

// The service is the one that is called.
const counting = countCalls({ target: process.env.COUNT_SERVER ?? "127.0.0.1:7777", service: "shop-as-called" });

const proto = fileURLToPath(new URL("proto/shop/v1/shop.proto", import.meta.url));
const { shop } = /** @type {any} */ (loadPackageDefinition(loadSync(proto)));
const client = new shop.v1.ShopService(`127.0.0.1:${process.argv[2] ?? 3000}`, credentials.createInsecure(), {
  interceptors: [counting],
});

for (const name of ["kettle", "samovar"]) {
  await new Promise((resolve) => {
    client.getProduct({ name }, (/** @type {Error | null} */ error, /** @type {{ price: number }} */ product) => {
      console.log(error === null ? `${name}: ${product.price}` : error.message);
      resolve(undefined);
    });
  });
}
for await (const { name, price } of client.watchProducts({})) console.log(`${name}: ${price}`);

client.close();
const { recorded, acknowledged } = await counting.close();
console.log("counted %d calls, delivered %d", recorded, acknowledged);
