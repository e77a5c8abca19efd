import { runtimeFor } from "../../../../constructs/reconciler/function-settings";
import { stackOf } from "../synth";

describe("the functions' runtime", () => {
  it.each([
    ["5.100.0", "nodejs22.x"],
    ["6.2.0", "nodejs22.x"],
    ["6.20.9", "nodejs22.x"],
    ["6.21.0", "nodejs24.x"],
    ["6.66.0", "nodejs24.x"],
    ["7.0.0", "nodejs24.x"],
    ["10.1.2", "nodejs24.x"],
    [undefined, "nodejs22.x"],
  ] as const)("by default, with version %s of the AWS provider, is %s", (provider, runtime) => {
    expect(runtimeFor(stackOf(), undefined, provider)).toBe(runtime);
  });

  it.each(["5.100.0", "6.25.0", undefined])("nodejs22.x can be chosen with version %s", provider => {
    expect(runtimeFor(stackOf(), "nodejs22.x", provider)).toBe("nodejs22.x");
  });

  it("nodejs24.x can be chosen where the provider knows it, and is refused elsewhere", () => {
    expect(runtimeFor(stackOf(), "nodejs24.x", "6.21.0")).toBe("nodejs24.x");
    expect(runtimeFor(stackOf(), "nodejs24.x", undefined)).toBe("nodejs24.x");
    for (const provider of ["5.100.0", "6.20.0"])
      expect(() => runtimeFor(stackOf(), "nodejs24.x", provider)).toThrow(
        `[stack] \`runtime\` must be nodejs22.x with version ${provider} of the AWS provider: ` +
          "nodejs24.x needs 6.21 or newer",
      );
  });

  it.each(["nodejs20.x", "nodejs18.x", "python3.13", ""])("%j is none", runtime => {
    expect(() => runtimeFor(stackOf(), runtime as never, "6.25.0")).toThrow(
      /^\[stack\] `runtime` must be one of nodejs22\.x, nodejs24\.x, got: /,
    );
  });
});
