// Tests run on the sources: the export condition "@count/source" makes every workspace package resolve to its src/.
const shared = {
  testMatch: ["**/test/**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "nodenext" } },
    ],
  },
  testEnvironment: "node",
  testEnvironmentOptions: { customExportConditions: ["@count/source", "node"] },
};

/** Tests of adapters once more, with the frameworks of a folder of frameworks/ in the place of the newest ones. */
function adaptersWith(folder, ...tests) {
  return {
    ...shared,
    displayName: `${folder} frameworks`,
    roots: ["<rootDir>/client/test/adapters"],
    testMatch: tests.map((name) => `**/test/adapters/${name}.test.ts`),
    resolver: `<rootDir>/frameworks/${folder}/resolver.cjs`,
  };
}

export default {
  testTimeout: 60_000,
  maxWorkers: 2,
  projects: [
    {
      ...shared,
      roots: ["proto", "client", "page", "server", "infra", "bench", "e2e"].map((name) => `<rootDir>/${name}`),
      globalSetup: "<rootDir>/server/test/support/global-setup.ts",
      globalTeardown: "<rootDir>/server/test/support/global-teardown.ts",
    },
    adaptersWith("oldest", "conformance", "harmless", "express", "fastify", "koa", "hono", "http2", "rpc"),
    adaptersWith("between", "conformance", "koa"),
  ],
};
