import { DEFAULT_CEILING, UserGrant } from "../../../../constructs";
import { clusterIn, person, stackOf, synth } from "../synth";

describe("grants of the whole server, patterns and GRANT OPTION of a UserGrant", () => {
  it("puts global privileges, native roles, patterns and GRANT OPTION into roster and record", () => {
    const stack = stackOf();
    const ceiling = {
      ...DEFAULT_CEILING,
      global: ["PROCESS"] as const,
      nativeRoles: ["AWS_LAMBDA_ACCESS"],
      grantOption: true as const,
    };
    const cluster = clusterIn(stack, { ceiling });
    new UserGrant(stack, "Jane", {
      cluster,
      user: person("jane"),
      grants: [
        { databases: ["stock"], role: "read", grantOption: true },
        { pattern: "tenant_%", role: "read", reason: "INC-1" },
        { global: ["PROCESS"], nativeRoles: ["AWS_LAMBDA_ACCESS"], expires: "2027-03-31" },
      ],
    });
    const terms = { expires: "2027-04-01T00:00:00Z" };
    expect(cluster.toRoster().accounts["sl_jane"]).toEqual({
      kind: "person",
      user: "jane",
      databases: { stock: { role: "read", grantOption: true } },
      objects: {
        "PATTERN `tenant_%`": { role: "read", reason: "INC-1" },
        "PROCESS ON *.*": { role: "PROCESS ON *.*", ...terms },
        "ROLE `AWS_LAMBDA_ACCESS`": { role: "ROLE `AWS_LAMBDA_ACCESS`", ...terms },
      },
    });
    expect(() => synth(stack)).not.toThrow();
  });

  it.each<[object, string]>([
    [{ global: ["SUPER"] }, "`global`: SUPER is never granted"],
    [{ global: ["LOAD FROM S3"] }, "write `nativeRoles: [AWS_LOAD_S3_ACCESS]`"],
    [{ global: [] }, "must be a list that names at least one"],
    [{ nativeRoles: ["sl_bob"] }, '`nativeRoles`: "sl_bob" is a managed account'],
    [{ pattern: "stock", role: "read" }, "cannot be a pattern of databases"],
    [{ pattern: "%", role: "read" }, "reaches one of the server's own databases"],
    [{ pattern: "st%", role: "read" }, "st% and stock can be one database"],
    [{ databases: ["a"], role: "read", grantOption: 1 }, "`grantOption` must be true or false"],
  ])("refuses %j", (grant, message) => {
    const stack = stackOf();
    const props = { cluster: clusterIn(stack), user: person("jane") };
    const grants = [{ databases: ["stock"], role: "read" }, grant as never];
    expect(() => new UserGrant(stack, "Jane", { ...props, grants })).toThrow(message);
  });

  it("is refused at synth above the ceiling", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    new UserGrant(stack, "Jane", {
      cluster,
      user: person("jane"),
      grants: [
        { databases: ["a"], role: "read", grantOption: true },
        { global: ["PROCESS"], nativeRoles: ["r"] },
      ],
    });
    expect(() => synth(stack)).toThrow(
      /no such global privilege[\s\S]*no such native role[\s\S]*GRANT OPTION/,
    );
  });
});
