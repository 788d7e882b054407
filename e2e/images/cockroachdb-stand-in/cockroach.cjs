#!/usr/bin/env node
// A stand-in for the command `cockroach`, and no database: what a bundle's Jobs, probes and certificates meet where CockroachDB's
// image cannot be had. It makes certificates with the same files and names, serves health over HTTPS, wants client certificates,
// is ready once it was initialized, says "already been initialized" the second time, and prints the SQL that it is given. As in
// CockroachDB one node is initialized, and each other one asks those of `--join` until one of them belongs to a cluster. To
// clients of PostgreSQL's protocol it says, after their certificate was checked, that it is no database.
const { execFileSync } = require("node:child_process");
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { createServer: createHealth } = require("node:https");
const { createServer } = require("node:net");
const { join: inFolder } = require("node:path");
const { setTimeout: delay } = require("node:timers/promises");
const tls = require("node:tls");

const [command, ...rest] = process.argv.slice(2);
const flag = (name) => rest.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);
const words = rest.filter((one) => !one.startsWith("--"));
const certs = flag("certs-dir") ?? ".";
const pem = (name) => readFileSync(inFolder(certs, name));
const fail = (message) => {
  console.error(`ERROR: ${message}`);
  process.exit(1);
};

const JOIN_PAUSE_MS = 250;

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
  writeFileSync(inFolder(certs, "extensions"), `${extensions}extendedKeyUsage=${usage}\n`);
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

/** Of `:26257`. */
const portOf = (name) => Number(flag(name).split(":").at(-1));

function start() {
  const mark = inFolder(flag("store").replace(/^path=/, ""), "initialized");
  const credentials = { ca: pem("ca.crt"), cert: pem("node.crt"), key: pem("node.key") };
  const peers = flag("join").split(",");
  const isReady = () => existsSync(mark);

  function answer(question) {
    if (question.joining) return isReady() ? "joined" : "not initialized yet";
    if (question.sql !== undefined) {
      if (!isReady()) return "the cluster has not been initialized";
      console.log(`SQL: ${question.sql}`);
      return "done";
    }
    if (isReady()) return "cluster has already been initialized";
    writeFileSync(mark, "");
    console.log("initialized");
    return "initialized";
  }

  /** For as long as it takes: whichever node starts late, or cannot be reached for a while, joins all the same. */
  async function join() {
    while (!isReady()) {
      for (const peer of peers) {
        const said = await ask(peer, credentials, { joining: true }).catch((error) => error.message);
        if (isReady()) return;
        if (said !== "joined") continue;
        writeFileSync(mark, "");
        console.log(`joined the cluster of ${peer}`);
        return;
      }
      await delay(JOIN_PAUSE_MS);
    }
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
      secure.end(answer(JSON.parse(question)));
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
  }).listen(portOf("listen-addr"), join);
  createHealth(credentials, ({ url }, response) => {
    response.statusCode = url.includes("ready=1") && !isReady() ? 503 : 200;
    response.end();
  }).listen(portOf("http-addr"));
  console.log("the stand-in has started");
  // It drains nothing.
  process.on("SIGTERM", () => process.exit(0));
}

const COMMANDS = { cert: () => cert(words), init, sql, start };
if (COMMANDS[command] === undefined) fail(`the stand-in has no command ${command}`);
COMMANDS[command]();
