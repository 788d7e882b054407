#!/usr/bin/env node
// A stand-in for the command `cockroach`, and no database: what a bundle's Jobs, probes and certificates meet where CockroachDB's
// image cannot be had. It makes certificates with the same files and names, serves health over HTTPS, wants client certificates,
// is ready once it was initialized, says "already been initialized" the second time, and prints the SQL that it is given. To
// clients of PostgreSQL's protocol it says, after their certificate was checked, that it is no database.
const { execFileSync } = require("node:child_process");
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { createServer: createHealth } = require("node:https");
const { createServer } = require("node:net");
const { join } = require("node:path");
const tls = require("node:tls");

const [command, ...rest] = process.argv.slice(2);
const flag = (name) => rest.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);
const words = rest.filter((one) => !one.startsWith("--"));
const certs = flag("certs-dir") ?? ".";
const pem = (name) => readFileSync(join(certs, name));
const fail = (message) => {
  console.error(`ERROR: ${message}`);
  process.exit(1);
};

/** `cert create-ca`, `cert create-node NAMES`, `cert create-client USER` */
function cert([kind, ...names]) {
  const openssl = (...args) => execFileSync("openssl", args, { cwd: certs, stdio: ["ignore", "ignore", "pipe"] });
  const days = String(Math.round(Number.parseInt(flag("lifetime") ?? "8784h", 10) / 24));
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const caKey = flag("ca-key");
  if (kind === "create-ca") {
    openssl("req", "-x509", ...newKey, "-keyout", caKey, "-out", "ca.crt", "-days", days, "-subj", "/CN=Stand-in CA");
    return;
  }
  const isNode = kind === "create-node";
  const file = isNode ? "node" : `client.${names[0]}`;
  const alternatives = names.map((name) => (/^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`));
  const usage = isNode ? "serverAuth,clientAuth" : "clientAuth";
  const extensions = isNode ? `subjectAltName=${alternatives.join(",")}\n` : "";
  writeFileSync(join(certs, "extensions"), `${extensions}extendedKeyUsage=${usage}\n`);
  openssl("req", ...newKey, "-keyout", `${file}.key`, "-out", "request", "-subj", `/CN=${isNode ? "node" : names[0]}`);
  const by = ["-CA", "ca.crt", "-CAkey", caKey, "-CAcreateserial", "-extfile", "extensions", "-days", days];
  openssl("x509", "-req", "-in", "request", "-out", `${file}.crt`, ...by);
}

/** As Go does, and so CockroachDB: a wildcard stands for one label, also where, unlike for Node.js, only one other follows. */
function checkServerIdentity(host, { subjectaltname = "" }) {
  const names = subjectaltname.split(", ").map((name) => name.replace(/^(?:DNS|IP Address):/, ""));
  const parent = host.slice(host.indexOf("."));
  if (names.some((name) => name === host || (host.includes(".") && name === `*${parent}`))) return undefined;
  return new Error(`certificate is valid for ${names.join(", ")}, not ${host}`);
}

/** Asks a node, by TLS both ways. */
function ask(host, credentials, question) {
  return new Promise((resolve, reject) => {
    const [name, port = "26257"] = host.split(":");
    const socket = tls.connect({
      host: name,
      port: Number(port),
      servername: name,
      checkServerIdentity,
      ca: pem("ca.crt"),
      ...credentials,
    });
    let answer = "";
    socket.setTimeout(5_000, () => socket.destroy(new Error("no answer within 5 s")));
    socket.on("secureConnect", () => socket.end(JSON.stringify(question)));
    socket.setEncoding("utf8").on("data", (text) => {
      answer += text;
    });
    socket.on("error", reject).on("close", () => resolve(answer));
  });
}

const root = () => ({ cert: pem("client.root.crt"), key: pem("client.root.key") });

async function init() {
  const answer = await ask(flag("host"), root(), { init: true }).catch((error) =>
    fail(`cannot dial server: ${error.message}`),
  );
  if (answer === "initialized") console.log("Cluster successfully initialized");
  else fail(answer || "no answer");
}

async function sql() {
  const text = flag("execute") ?? readFileSync(0, "utf8");
  const answer = await ask(flag("host"), root(), { sql: text }).catch((error) =>
    fail(`cannot dial server: ${error.message}`),
  );
  if (answer !== "done") fail(answer || "no answer");
}

/** PostgreSQL's SSLRequest, and an ErrorResponse with SQLSTATE 57P03: cannot connect now. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
function refusal() {
  const fields = "SFATAL\0VFATAL\0C57P03\0Mthis is the stand-in, and no database\0\0";
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, Buffer.from(fields)]);
}

function start() {
  const mark = join(flag("store").replace(/^path=/, ""), "initialized");
  const credentials = { ca: pem("ca.crt"), cert: pem("node.crt"), key: pem("node.key") };
  const peers = flag("join").split(",");
  const isReady = () => existsSync(mark);

  async function answer(question) {
    if (question.sql !== undefined) {
      if (!isReady()) return "the cluster has not been initialized";
      console.log(`SQL: ${question.sql}`);
      return "done";
    }
    if (question.peer) {
      writeFileSync(mark, "");
      return "known";
    }
    if (isReady()) return "cluster has already been initialized";
    // All or none: as long as a node is away, whoever asks tries again.
    for (const peer of peers) await ask(peer, { cert: credentials.cert, key: credentials.key }, { peer: true });
    console.log("initialized");
    return "initialized";
  }

  const both = { requestCert: true, rejectUnauthorized: true, allowHalfOpen: true, ...credentials };
  const failed = (error) => console.log(`a connection failed: ${error.message}`);
  const clients = tls.createServer(both, (secure) => {
    secure.on("error", failed).once("data", () => {
      console.log(`PostgreSQL client ${secure.getPeerCertificate().subject.CN}`);
      secure.end(refusal());
    });
  });
  const commands = tls.createServer(both, (secure) => {
    let question = "";
    secure.on("error", failed).setEncoding("utf8");
    secure.on("data", (text) => {
      question += text;
    });
    secure.on("end", () => {
      answer(JSON.parse(question)).then(
        (text) => secure.end(text),
        (error) => secure.end(`not yet: ${error.message}`),
      );
    });
  });
  for (const server of [clients, commands]) server.on("tlsClientError", failed);

  createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (first) => {
      socket.pause();
      const isPostgres = first.equals(SSL_REQUEST);
      if (isPostgres) socket.write("S");
      else socket.unshift(first);
      (isPostgres ? clients : commands).emit("connection", socket);
    });
  }).listen(26_257);
  createHealth(credentials, ({ url }, response) => {
    response.statusCode = url.includes("ready=1") && !isReady() ? 503 : 200;
    response.end();
  }).listen(8_080);
  console.log("the stand-in has started");
  // It drains nothing.
  process.on("SIGTERM", () => process.exit(0));
}

const COMMANDS = { cert: () => cert(words), init, sql, start };
if (COMMANDS[command] === undefined) fail(`the stand-in has no command ${command}`);
COMMANDS[command]();
