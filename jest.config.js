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
 * The suites on MySQL once more, on the line of Aurora MySQL 3. The slow ones, and those about the ledger,
 * events and Parameter Store, run on one line only. With AURORA_USERS_MYSQL_80=all this project has them all.
 */
const isWhole = process.env.AURORA_USERS_MYSQL_80 === "all";
const mysql80 = {
  ...project("mysql"),
  displayName: "mysql-8.0",
  setupFiles: ["<rootDir>/test/support/mysql-80.js"],
  testPathIgnorePatterns: isWhole
    ? []
    : [
        "/test/mysql/kill/",
        "/test/mysql/core/random-pairs",
        "/test/mysql/reconciler/zip",
        "/test/mysql/reconciler/apply/(recording|holding|sent-again|out-of-reach)",
        "/test/mysql/reconciler/enforce/(forged|unproven)-ledger",
        "/test/mysql/reconciler/enforce/enforcement-",
        "/test/mysql/reconciler/hostile/(grants-beyond|hands-on|more-than-before)",
        "/test/mysql/reconciler/apply/administrator-lacks",
        "/test/mysql/reconciler/passwords/",
        "/test/mysql/reconciler/sources/",
      ],
};

module.exports = {
  projects: [...["unit", "model", "mysql", "local", "terraform", "package"].map(project), mysql80],
  reporters: ["default", "<rootDir>/test/support/closing-line-reporter.js"],
  testSequencer: "<rootDir>/test/support/longest-first.js",
  maxWorkers: 3,
  testTimeout: 120_000,
};
