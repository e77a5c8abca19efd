import { complaint, installed, run } from "./project";

const MINUTES = 60_000;

describe("the project's own checks", () => {
  it("lint finds nothing, warnings included", () => {
    expect(complaint(run(installed("biome"), ["lint", "--error-on-warnings", "--colors=off"]))).toBe("");
  });

  it("every file has its format, imports in order", () => {
    expect(
      complaint(
        run(installed("biome"), ["ci", "--linter-enabled=false", "--error-on-warnings", "--colors=off"]),
      ),
    ).toBe("");
  });

  it(
    "types hold",
    () => {
      expect(complaint(run(installed("tsc"), ["--pretty", "false"]))).toBe("");
    },
    5 * MINUTES,
  );

  it("the generated JSON schemas are those of today", () => {
    expect(complaint(run(installed("tsx"), ["scripts/generate-schemas.ts", "--check"]))).toBe("");
  });
});
