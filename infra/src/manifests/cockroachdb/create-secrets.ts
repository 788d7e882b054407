/**
 * What the bootstrap Job runs, as a module of Node.js: it puts the certificates of a folder into Secrets and never overwrites one.
 *
 * The Secret of the authority holds everything and is made first: of several runs, and of those that were killed half-way,
 * only one can make it, and all go on with what it holds. So no two Secrets ever come from different authorities.
 */
export const CREATE_SECRETS = `import { readFileSync } from "node:fs";
import { request } from "node:https";

const { KUBERNETES_API = "https://kubernetes.default.svc", TOKEN_FOLDER, CERTIFICATES, SECRETS } = process.env;
const file = (name) => readFileSync(TOKEN_FOLDER + "/" + name, "utf8");
const namespace = file("namespace");
const labels = JSON.parse(process.env.LABELS);
const names = JSON.parse(SECRETS);

function api(method, path, body) {
  return new Promise((resolve, reject) => {
    const url = KUBERNETES_API + "/api/v1/namespaces/" + namespace + "/secrets" + path;
    const headers = { authorization: "Bearer " + file("token"), "content-type": "application/json" };
    const call = request(url, { method, headers, ca: file("ca.crt"), timeout: 10_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => (text += part));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode, text }));
    });
    call.on("timeout", () => call.destroy(new Error("no answer within 10 s")));
    call.on("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Makes a Secret unless there is one. */
async function create(name, type, data) {
  const secret = { apiVersion: "v1", kind: "Secret", type, metadata: { name, labels }, data };
  const { status, text } = await api("POST", "", secret);
  if (status === 201) console.log("made the Secret " + name);
  else if (status === 409) console.log("there is a Secret " + name + " already; it stays as it is");
  else throw new Error("the Secret " + name + " cannot be made: " + status + " " + (JSON.parse(text).message ?? ""));
}

const base64 = (name) => readFileSync(CERTIFICATES + "/" + name).toString("base64");
const files = ["ca.crt", "ca.key", "node.crt", "node.key", "root.crt", "root.key", "client.crt", "client.key"];
await create(names.ca, "Opaque", Object.fromEntries(files.map((name) => [name, base64(name)])));
const { status, text } = await api("GET", "/" + names.ca);
if (status !== 200) throw new Error("the Secret " + names.ca + " cannot be read: " + status);
const { data } = JSON.parse(text);
const missing = files.filter((name) => data?.[name] === undefined);
if (missing.length > 0) throw new Error("the Secret " + names.ca + " lacks " + missing.join(", ") + ": it is not of this Job");
for (const kind of ["node", "root", "client"]) {
  await create(names[kind], "kubernetes.io/tls", {
    "ca.crt": data["ca.crt"],
    "tls.crt": data[kind + ".crt"],
    "tls.key": data[kind + ".key"],
  });
}
`;
