const transform = {
  "^.+\\.ts$": [
    "@swc/jest",
    {
      jsc: { parser: { syntax: "typescript" }, target: "es2022" },
      module: { type: "commonjs" },
      sourceMaps: "inline",
    },
  ],
};

/**
 * One project a kind of suite (`test/<kind>/`); `npm test` runs them all, `npm test -- --selectProjects
 * unit` one.
 */
const project = displayName => ({
  displayName,
  transform,
  testEnvironment: "node",
  testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
  modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/cdktf.out"],
});

/** With AURORA_USERS_SUITES=all every suite runs, on both lines of MySQL. */
const isWhole = process.env.AURORA_USERS_SUITES === "all";

/** The suites on MySQL that try one thing at very many points, and run by hand (docs/development.md). */
const BY_HAND = [
  "reconciler/apply/administrator-lacks",
  "reconciler/apply/recording",
  "reconciler/apply/sent-again",
  "reconciler/enforce/enforcement-idempotence",
];
const mysql = {
  ...project("mysql"),
  testPathIgnorePatterns: isWhole ? [] : BY_HAND.map(suite => `/test/mysql/${suite}`),
};

/** The suites that run on the line of Aurora MySQL 3, too, because what they try could differ there. */
const ON_BOTH_LINES = [
  "core/login-terms",
  "core/reach",
  "edge-cases/*",
  "reconciler/mysql/*",
  "reconciler/apply/cycle",
];
const mysql80 = {
  ...project("mysql"),
  displayName: "mysql-8.0",
  setupFiles: ["<rootDir>/test/support/mysql-80.js"],
  testMatch: (isWhole ? ["**/*"] : ON_BOTH_LINES).map(suite => `<rootDir>/test/mysql/${suite}.test.ts`),
};

module.exports = {
  projects: [...["unit", "model", "local", "terraform", "package"].map(project), mysql, mysql80],
  reporters: ["default", "<rootDir>/test/support/closing-line-reporter.js"],
  testSequencer: "<rootDir>/test/support/longest-first.js",
  // For two cores: suites of Terraform and of servers wait for more than half of their time.
  maxWorkers: 4,
  testTimeout: 120_000,
};
