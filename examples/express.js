// A shop's API with Express 4 or 5. README.md says how to try it.
import { count } from "@count/client/express";
import express from "express";

const counting = count({ target: process.env.COUNT_SERVER ?? "127.0.0.1:7777", service: "shop-express" });

const app = express();
app.use(counting); // before everything else

const shop = express.Router({ mergeParams: true });
shop.get("/products/:product", (request, response) => {
  response.json(request.params);
});
shop.post("/orders", (_request, response) => {
  response.status(201).json({ ordered: true });
});
app.use("/shops/:shop", shop);

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
