const transform = {
  "^.+\\.ts$": [
    "@swc/jest",
    { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" }, sourceMaps: "inline" },
  ],
};
/** One project a kind of suite; `npm test` runs them all. */
const project = (displayName, extra = {}) => ({
  displayName,
  transform,
  testEnvironment: "node",
  testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
  ...extra,
});

module.exports = {
  projects: [
    project("unit"),
    project("mysql"),
    project("local"),
    project("terraform"),
    project("package"),
  ],
};
