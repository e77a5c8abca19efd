import { Testing } from "cdktf";
import { ClusterEndpoint, ValidationError } from "../../../../constructs";
import { clusterIn, person, reads, stackOf, synth } from "../synth";

describe("AuroraCluster", () => {
  test.each<[string, object, RegExp]>([
    ["a name with a slash", { name: "a/b" }, /`name` must be letters, digits.*got: a\/b/],
    ["a prefix with an underscore", { prefix: "sl_" }, /`prefix` must be one to eight/],
    [
      "a ceiling of unknown privileges",
      { ceiling: { privileges: ["SUPER"] } },
      /`ceiling` must name privileges/,
    ],
    [
      "an unknown policy",
      { removalPolicy: "delete" },
      /`removalPolicy` must be one of protect, remove, retain, got: delete/,
    ],
    ["an empty owner", { owner: "" }, /`owner` must have 1 to 256/],
  ])("refuses %s", (_, props, message) => {
    expect(() => clusterIn(stackOf(), props)).toThrow(message);
    expect(() => clusterIn(stackOf(), props)).toThrow(ValidationError);
  });

  it("refuses both logins together, and no login", () => {
    const at = { endpoint: "h", resourceId: "r" };
    expect(() => clusterIn(stackOf(), { endpoint: ClusterEndpoint.fromAttributes(at) })).toThrow(
      /got neither/,
    );
    expect(() =>
      clusterIn(stackOf(), {
        endpoint: ClusterEndpoint.fromAttributes({ ...at, secretArn: "a", iamUser: "b" }),
      }),
    ).toThrow(/got both/);
  });

  it("refuses a cluster that the app declares twice, and names both constructs", () => {
    const app = Testing.app();
    clusterIn(stackOf(app, "one"));
    expect(() => clusterIn(stackOf(app, "two"), { name: "orders" }, "other")).toThrow(
      /declared twice: at one\/orders and at two\/other/,
    );
  });

  it("refuses at synth a roster that exceeds the ceiling or is too large", () => {
    const above = stackOf();
    clusterIn(above, { ceiling: { privileges: ["INSERT"] } }).addGrant(person("jane.doe"), reads("orders"));
    expect(() => synth(above)).toThrow(/sl_jane.doe on orders, database orders: asks for SELECT/);

    const large = stackOf();
    const cluster = clusterIn(large);
    for (let i = 0; i < 2600; i++)
      cluster.addGrant(person(`user${i}`), [
        { databases: ["orders"], role: "read", reason: "x".repeat(1000) },
      ]);
    expect(() => synth(large)).toThrow(/must have at most 2500000 bytes/);
  });
});
