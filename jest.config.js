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

/**
 * The suites that run on the line of Aurora MySQL 3, too, because what they try could differ there. With
 * AURORA_USERS_MYSQL_80=all that project has all suites on MySQL.
 */
const ON_BOTH_LINES = [
  "core/login-terms",
  "edge-cases/*",
  "reconciler/mysql/*",
  "reconciler/options/*",
  "reconciler/apply/cycle",
  "reconciler/enforce/enforcement",
  "reconciler/execute/unfinished-logins",
];
const suites80 = process.env.AURORA_USERS_MYSQL_80 === "all" ? ["**/*"] : ON_BOTH_LINES;
const mysql80 = {
  ...project("mysql"),
  displayName: "mysql-8.0",
  setupFiles: ["<rootDir>/test/support/mysql-80.js"],
  testMatch: suites80.map(suite => `<rootDir>/test/mysql/${suite}.test.ts`),
};

module.exports = {
  projects: [...["unit", "model", "mysql", "local", "terraform", "package"].map(project), mysql80],
  reporters: ["default", "<rootDir>/test/support/closing-line-reporter.js"],
  testSequencer: "<rootDir>/test/support/longest-first.js",
  maxWorkers: 3,
  testTimeout: 120_000,
};
