import { TerraformVariable, Testing } from "cdktf";
import { type ClusterAttributes, ClusterEndpoint, ValidationError } from "../../../../constructs";
import { clusterIn, person, reads, stackOf, synth } from "../synth";

const SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-AbCdEf";

describe("AuroraCluster", () => {
  test.each<[string, object, RegExp]>([
    ["a name with a slash", { name: "a/b" }, /`name` must be letters, digits.*got: a\/b/],
    ["a prefix with an underscore", { prefix: "sl_" }, /`prefix` must be one to eight/],
    [
      "a ceiling of unknown privileges",
      { ceiling: { privileges: ["SELET"] } },
      /`ceiling.privileges` must name database privileges of MySQL, got: "SELET"; did you mean "SELECT"\?/,
    ],
    [
      "an unknown policy",
      { removalPolicy: "delete" },
      /`removalPolicy` must be one of protect, remove, retain, got: delete/,
    ],
    [
      "an identifier instead of an endpoint",
      { endpoint: "orders-prod" },
      /`endpoint` must be a `ClusterEndpoint`, for example `ClusterEndpoint.fromLookup\("orders-prod"\)`/,
    ],
    [
      "a ceiling with a prop of another name",
      { ceiling: { privilege: ["SELECT"] } },
      /`ceiling` must name priv/,
    ],
    ["an owner that is called __proto__", { owner: "__proto__" }, /`owner` must not be __proto__/],
    [
      "an identifier as the id of a cluster that may follow",
      { nextResourceIds: ["cluster-GREEN", "orders-green"] },
      /`nextResourceIds` must be the cluster.s resource id .*, got: "orders-green"/,
    ],
    [
      "one id that is no list",
      { nextResourceIds: "cluster-A" },
      /`nextResourceIds` must be a list of at most 5/,
    ],
    [
      "more ids than policies have room for",
      { nextResourceIds: [..."ABCDEF"].map(letter => `cluster-${letter}`) },
      /`nextResourceIds` must be a list of at most 5/,
    ],
    [
      "an observation of less than five seconds",
      { observationTimeout: 4 },
      /`observationTimeout` must be a whole number from 5 to 300, got: 4/,
    ],
    [
      "one that is longer than any preview",
      { observationTimeout: 301 },
      /`observationTimeout` must be a whole number from 5 to 300/,
    ],
    ["a part of a second", { observationTimeout: 20.5 }, /`observationTimeout` must be a whole number/],
    [
      "an unknown place to end sessions",
      { endSessionsOn: "readers" as "cluster" },
      /`endSessionsOn` must be.*global/,
    ],
    ["an empty owner", { owner: "" }, /`owner` must have 1 to 256/],
  ])("refuses %s", (_, props, message) => {
    expect(() => clusterIn(stackOf(), props)).toThrow(message);
    expect(() => clusterIn(stackOf(), props)).toThrow(ValidationError);
  });

  it("prints nothing raw of a prop in its error", () => {
    const name = "a\u001b[2J\n::error::\u202e";
    expect(() => clusterIn(stackOf(), { name })).toThrow("got: a\\u{1b}[2J ::error::\\u{202e}");
  });

  it("refuses both logins together, and no login", () => {
    const at = { endpoint: "h", resourceId: "cluster-R" };
    expect(() => clusterIn(stackOf(), { endpoint: ClusterEndpoint.fromAttributes(at) })).toThrow(
      /got neither/,
    );
    expect(() =>
      clusterIn(stackOf(), {
        endpoint: ClusterEndpoint.fromAttributes({ ...at, secretArn: "a", iamUser: "b" }),
      }),
    ).toThrow(/got both/);
  });

  test.each<[string, Partial<ClusterAttributes>, RegExp]>([
    [
      "an identifier as resource id",
      { resourceId: "orders-prod" },
      /`resourceId` must be the cluster's resource id .*, not its identifier or ARN .*, got: "orders-prod"/,
    ],
    [
      "a host name with a port",
      { endpoint: "orders.example.com:3306" },
      /`endpoint` must be a host name without a scheme, a port .*give the port as `port`.*, got: "orders.example.com:3306"/,
    ],
    ["an address with a scheme", { endpoint: "mysql://orders" }, /`endpoint` must be a host name without/],
    [
      "a reader's endpoint",
      { endpoint: "orders.cluster-ro-abc.eu-west-1.rds.amazonaws.com" },
      /`endpoint` must be the writer's, got a reader's/,
    ],
    [
      "the writer endpoint of a global database",
      { endpoint: "orders.global-abcdefghijkl.global.rds.amazonaws.com" },
      /`endpoint` must be the cluster's own writer endpoint, got that of a global database: .* another region/,
    ],
    ...["ORDERS.GLOBAL-ABC.GLOBAL.RDS.AMAZONAWS.COM", "o.global-a.global.rds.amazonaws.com.cn"].map(
      (endpoint): [string, object, RegExp] => [
        `the same, spelled ${endpoint}`,
        { endpoint },
        /own writer endpoint, got that of a global database/,
      ],
    ),
    ["a secret's name", { secretArn: "rds!cluster-orders" }, /`secretArn` must be the ARN of a secret/],
  ])("refuses %s", (_, wrong, message) => {
    const right = { endpoint: "h", resourceId: "cluster-R", secretArn: SECRET };
    const endpoint = (attributes: ClusterAttributes) => ClusterEndpoint.fromAttributes(attributes);
    expect(() => clusterIn(stackOf(), { endpoint: endpoint(right) })).not.toThrow();
    expect(() => clusterIn(stackOf(), { endpoint: endpoint({ ...right, ...wrong }) })).toThrow(message);
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

it("refuses a token as a policy, which decides about accounts", () => {
  for (const prop of ["removalPolicy", "unmanaged", "definers", "records"]) {
    const stack = stackOf();
    const token = new TerraformVariable(stack, "Text", { type: "string" }).stringValue;
    expect(() => clusterIn(stack, { [prop]: token })).toThrow(`\`${prop}\` must be one of`);
  }
});
