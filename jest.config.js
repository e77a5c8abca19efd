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

module.exports = {
  projects: ["unit", "mysql", "local", "terraform", "package"].map(project),
  reporters: ["default", "<rootDir>/test/support/closing-line-reporter.js"],
  testSequencer: "<rootDir>/test/support/longest-first.js",
  maxWorkers: 3,
  testTimeout: 120_000,
};
