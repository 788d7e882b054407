// Tests run on the sources: the export condition "@count/source" makes every workspace package resolve to its src/.
export default {
  roots: ["proto", "client", "page", "server", "infra", "bench", "e2e"].map((name) => `<rootDir>/${name}`),
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
  globalSetup: "<rootDir>/server/test/support/global-setup.ts",
  globalTeardown: "<rootDir>/server/test/support/global-teardown.ts",
  testTimeout: 60_000,
  maxWorkers: 2,
};
