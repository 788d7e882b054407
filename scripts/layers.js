/**
 * The dependency diagram as lint rules: what each folder of the sources may import. A folder that is missing here is an
 * error of its own, so that nobody adds a layer without placing it.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Packages of ours, bottom to top, and the packages of ours that each may import. */
const PACKAGES = {
  proto: [],
  client: ["proto"],
  // It runs in a browser, and knows of the server what its API says.
  page: [],
  server: ["proto", "client", "page"],
  // Manifests are made without anything that runs in them.
  infra: [],
  bench: ["proto", "client", "server"],
};

/** Folders of `server/src`, bottom to top, and the folders beside them that each may import. */
const SERVER = {
  domain: [],
  files: ["domain"],
  auth: ["domain", "files"],
  db: ["domain"],
  config: ["domain", "db"],
  net: ["domain", "config"],
  embedded: ["domain"],
  import: ["domain"],
  totals: ["domain", "db"],
  policy: ["domain", "db", "totals"],
  ingest: ["domain", "db", "policy"],
  rollup: ["domain", "db", "totals"],
  retention: ["domain", "db", "policy", "rollup"],
  observability: ["domain", "auth", "config", "ingest"],
  rpc: ["domain", "files", "auth", "db", "config", "net", "policy", "ingest", "totals", "rollup", "retention"],
  web: ["domain", "config", "net"],
  // It makes calls of count.v1 without knowing who answers them.
  api: ["domain", "auth"],
  site: ["domain", "auth", "config", "net", "rpc", "api"],
  // What is below knows it by functions that are handed in; it is loaded only where traces are asked for.
  tracing: ["domain", "db", "ingest", "rollup", "observability"],
  serve: [
    "domain",
    "auth",
    "db",
    "config",
    "net",
    "embedded",
    "ingest",
    "totals",
    "rollup",
    "observability",
    "rpc",
    "web",
    "api",
    "site",
    "tracing",
  ],
  // The agent takes Add and Record by the server's own rules and handlers, and lives and dies as the server does.
  agent: ["domain", "config", "net", "ingest", "observability", "rpc", "web", "tracing", "serve"],
  // It looks at everything that a server stands on, and at a running one from outside.
  doctor: ["domain", "auth", "db", "config", "observability"],
  cli: [
    "domain",
    "auth",
    "db",
    "config",
    "net",
    "embedded",
    "import",
    "rollup",
    "totals",
    "api",
    "serve",
    "agent",
    "doctor",
  ],
};

/** The one file of a folder that folders which may not import it may import all the same. */
const EXCEPTIONS = {
  // What a server's process ends with is the command's contract; `cli` starts the server, so it stays above.
  serve: { cli: "exit-code" },
};

/** The database's drivers: only these folders know them. */
const DRIVERS = { modules: ["pg", "knex"], folders: ["db", "embedded"] };

const packageNames = Object.keys(PACKAGES);
const folderNames = Object.keys(SERVER);
const present = readdirSync(join(root, "server/src"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const unplaced = present.filter((name) => !folderNames.includes(name));
if (unplaced.length > 0)
  throw new Error(`scripts/layers.js does not say what server/src/${unplaced.join(", ")} may import`);

function list(names) {
  return names.length === 0 ? "nothing of ours" : names.join(", ");
}

/** Bans of a package: other packages by name, and any of them by a path that leaves the package. */
function packageBans(name) {
  const banned = packageNames.filter((other) => other !== name && !PACKAGES[name].includes(other));
  const message = `${name}/ may import ${list(PACKAGES[name])}.`;
  return [
    ...(banned.length === 0 ? [] : [{ regex: `^@count/(?:${banned.join("|")})(?:/|$)`, message }]),
    {
      regex: `^(?:\\.\\./)+(?:${packageNames.join("|")})/src/`,
      message: "Import a package by its name, not by a path.",
    },
  ];
}

function folderBans(name) {
  const allowed = SERVER[name];
  const message = `server/src/${name} may import ${list(allowed)}.`;
  const bans = folderNames
    .filter((other) => other !== name && !allowed.includes(other))
    .map((other) => {
      const exception = EXCEPTIONS[name]?.[other];
      const but = exception === undefined ? "" : `(?!${exception}\\.ts$)`;
      return { regex: `^(?:\\.\\./)+${other}/${but}`, message };
    });
  if (!DRIVERS.folders.includes(name)) {
    const drivers = DRIVERS.modules.join("|");
    bans.push({
      regex: `^(?:${drivers})(?:/|$)`,
      message: `Only ${list(DRIVERS.folders)} talk to the database's drivers.`,
    });
  }
  return bans;
}

function layer(files, patterns) {
  return { files, rules: { "no-restricted-imports": ["error", { patterns }] } };
}

/** One entry for each folder: a later entry for the same file replaces an earlier one, so each has all bans of its files. */
export const layers = [
  ...packageNames.map((name) => layer([`${name}/src/**/*.{ts,tsx}`], packageBans(name))),
  ...folderNames.map((name) => layer([`server/src/${name}/**/*.ts`], [...packageBans("server"), ...folderBans(name)])),
];
