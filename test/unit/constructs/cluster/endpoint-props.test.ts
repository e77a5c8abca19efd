import { RdsCluster, type RdsClusterConfig } from "@cdktf/provider-aws/lib/rds-cluster";
import { TerraformVariable } from "cdktf";
import {
  AuroraCluster,
  type AuroraClusterAttributes,
  type ClusterAttributes,
  ClusterEndpoint,
} from "../../../../constructs";
import { clusterIn, stackOf, synth } from "../synth";

const SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-AbCdEf";
const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const right = { endpoint: "orders.cluster-abc.eu-west-1.rds.amazonaws.com", resourceId: "cluster-R" };
const bind = (attributes: object) => () =>
  clusterIn(stackOf(), {
    endpoint: ClusterEndpoint.fromAttributes({
      ...right,
      secretArn: SECRET,
      ...attributes,
    } as ClusterAttributes),
  });

describe("ClusterEndpoint.fromAttributes, checked at synth", () => {
  test.each<[string, readonly unknown[], string]>([
    [
      "endpoint",
      [
        "mysql://orders",
        "https://orders.example.com/",
        "orders.example.com:3306",
        "admin@orders.example.com",
        "orders.example.com/db",
        "orders example.com",
        "",
        "orders..example.com",
        `${"a".repeat(60)}.`.repeat(5),
      ],
      "`endpoint` must be a host name",
    ],
    [
      "endpoint of something else",
      [
        "orders.cluster-ro-abc.eu-west-1.rds.amazonaws.com",
        "ORDERS.CLUSTER-RO-ABC.EU-WEST-1.RDS.AMAZONAWS.COM",
        "orders.proxy-abc.eu-west-1.rds.amazonaws.com",
        "reports.endpoint.proxy-abc.eu-west-1.rds.amazonaws.com",
        "reports.cluster-custom-abc.eu-west-1.rds.amazonaws.com",
        "orders.proxy-abc.cn-north-1.rds.amazonaws.com.cn",
        "orders.proxy-abc.rds.cn-north-1.amazonaws.com.cn",
      ],
      "`endpoint` must be the writer's, got a",
    ],
    ["port", [0, -1, 65_536, 3306.5, Number.NaN, "3306"], "`port` must be a whole number from 1 to 65535"],
    [
      "resourceId",
      [
        "orders-prod",
        "cluster-orders",
        "arn:aws:rds:eu-west-1:111122223333:cluster:orders",
        "arn:aws:rds:eu-west-1:111122223333:cluster:cluster-ABC",
        "CLUSTER-ABC",
        "",
      ],
      "`resourceId` must be the cluster's resource id",
    ],
    [
      "secretArn",
      ["rds!cluster-orders", KEY, "arn:aws:secretsmanager:eu-west-1:1111:secret:x"],
      "`secretArn` must be the ARN of a secret",
    ],
    [
      "kmsKeyArn",
      ["alias/aws/secretsmanager", "1234abcd-12ab", SECRET, KEY.replace("key/", "alias/")],
      "`kmsKeyArn` must be the ARN of a KMS key",
    ],
    [
      "assumeRoleArn",
      ["access", "arn:aws:iam::111122223333:user/access", "arn:aws:sts::111122223333:assumed-role/a/b"],
      "`assumeRoleArn` must be the ARN of a role",
    ],
    ["externalId", ["a", "a b", "ä".repeat(3), "x".repeat(1225)], "`externalId` must be an external id"],
    ["externalId without a role", ["example-access"], "`externalId` needs `assumeRoleArn`"],
    [
      "accountId",
      ["1", "1111-2222-3333", "my-account", "1111222233334", 111122223333],
      "`accountId` must be the 12 digits of an account",
    ],
    [
      "region",
      ["eu-west-1a", "Ireland", "EU-WEST-1", "", "eu-west"],
      "`region` must be the name of a region",
    ],
    [
      "region of another endpoint",
      ["us-east-1", "eu-west-2", "il-central-1"],
      "`region` of the endpoint must be eu-west-1",
    ],
  ])("refuses a wrong %s", (what, values, message) => {
    const [prop] = what.split(" ");
    for (const value of values) {
      const props = { [prop!]: value };
      const make = () => {
        const stack = stackOf();
        clusterIn(stack, {
          endpoint: ClusterEndpoint.fromAttributes({ ...right, secretArn: SECRET, ...props } as never),
        });
        synth(stack);
      };
      expect(make).toThrow(message);
      expect(make).toThrow("[stack/orders]");
    }
  });

  it.each(["x.cluster-a.cn-north-1.rds.amazonaws.com.cn", "X.cluster-a.rds.cn-north-1.amazonaws.com.cn."])(
    "knows the region of %s",
    endpoint => {
      const stack = stackOf();
      const attributes = { ...right, secretArn: SECRET, endpoint, region: "eu-west-1" };
      clusterIn(stack, { endpoint: ClusterEndpoint.fromAttributes(attributes) });
      expect(() => synth(stack)).toThrow("`region` of the endpoint must be cn-north-1");
    },
  );

  it.each(["x".repeat(33), "x".repeat(100), "", "admin\n"])("refuses an iamUser: %j", iamUser => {
    expect(bind({ secretArn: undefined, iamUser })).toThrow(/\[stack\/orders\] `iamUser` must be/);
  });

  it("accepts what is right, and every token", () => {
    for (const endpoint of [
      "h",
      "127.0.0.1",
      "orders_1.example.com",
      "orders.example.com.",
      "x.cluster-a.cn-north-1.rds.amazonaws.com.cn",
    ])
      expect(bind({ endpoint })).not.toThrow();
    expect(bind({ secretArn: undefined, iamUser: "x".repeat(32) })).not.toThrow();
    const gov = {
      secretArn: SECRET.replace("aws", "aws-us-gov"),
      kmsKeyArn: KEY.replace("key/", "key/mrk-"),
    };
    expect(bind({ ...gov, accountId: "111122223333", region: "eu-west-1", port: 1 })).not.toThrow();
    const stack = stackOf();
    const text = new TerraformVariable(stack, "Text", { type: "string" }).stringValue;
    const port = new TerraformVariable(stack, "Port", { type: "number" }).numberValue;
    const tokens = {
      endpoint: text,
      resourceId: text,
      secretArn: text,
      kmsKeyArn: text,
      assumeRoleArn: text,
      externalId: text,
    };
    const endpoint = ClusterEndpoint.fromAttributes({ ...tokens, port, region: text, accountId: text });
    expect(() => clusterIn(stack, { endpoint })).not.toThrow();
    expect(() => synth(stack)).not.toThrow();
  });
});

describe("a cluster of another stack", () => {
  test.each<[keyof AuroraClusterAttributes, readonly string[], string]>([
    ["name", ["a/b", "", "-orders"], "`name` must be letters"],
    ["prefix", ["sl_", "rds", "AWS", "1a"], "`prefix` must"],
    [
      "resourceId",
      ["orders-prod", "arn:aws:rds:eu-west-1:111122223333:cluster:orders", "*"],
      "`resourceId` must be",
    ],
    ["accountId", ["1", "1111-2222-3333", "*"], "`accountId` must be the 12 digits"],
    ["region", ["Ireland", "eu-west-1b", "*"], "`region` must be the name of a region"],
  ])("refuses a wrong %s", (prop, values, message) => {
    for (const value of values) {
      const attributes = { name: "orders", resourceId: "cluster-R", [prop]: value };
      const make = () => AuroraCluster.fromAuroraClusterAttributes(stackOf(), "Other", attributes);
      expect(make).toThrow(message);
      expect(make).toThrow("[stack/Other]");
    }
  });
});

describe("ClusterEndpoint.fromRdsCluster and fromLookup, checked at synth", () => {
  const rds = (config: Partial<RdsClusterConfig>, options = {}) => {
    const stack = stackOf();
    const cluster = new RdsCluster(stack, "Rds", {
      clusterIdentifier: "orders",
      engine: "aurora-mysql",
      manageMasterUserPassword: true,
      ...config,
    });
    return () => clusterIn(stack, { endpoint: ClusterEndpoint.fromRdsCluster(cluster, options) });
  };

  it.each(["aurora-postgresql", "postgres", "aurora"])("refuses the engine %s", engine => {
    expect(rds({ engine })).toThrow(
      `[stack/orders] \`endpoint\` must be a cluster of Aurora MySQL, and the engine of stack/Rds is ${engine}`,
    );
  });

  it.each(["5.7.mysql_aurora.2.11.3", "5.7", "5.6.10a"])("refuses the version %s", engineVersion => {
    expect(rds({ engineVersion })).toThrow(/must be version 3 of Aurora MySQL .*stack\/Rds is 5\./);
  });

  it.each([undefined, false])(
    "refuses a cluster without a secret of RDS, if none is given: %s",
    manageMasterUserPassword => {
      const config = {
        manageMasterUserPassword: manageMasterUserPassword as boolean,
        masterUsername: "admin",
        masterPassword: "x",
      };
      const none = rds(config);
      expect(none).toThrow(
        /\[stack\/orders\] `endpoint` must name one of `secretArn` and `iamUser`: stack\/Rds has no secret .*`manageMasterUserPassword: true`/,
      );
      expect(rds(config, { secretArn: SECRET })).not.toThrow();
      expect(rds(config, { iamUser: "admin" })).not.toThrow();
    },
  );

  it("accepts tokens, versions 8.0 and a secret that RDS manages", () => {
    for (const engineVersion of ["8.0.mysql_aurora.3.08.0", "8.0", "8.4.mysql_aurora.4.0.0"])
      expect(rds({ engineVersion })).not.toThrow();
    const stack = stackOf();
    const text = new TerraformVariable(stack, "Text", { type: "string" }).stringValue;
    const flag = new TerraformVariable(stack, "Flag", { type: "bool" }).booleanValue;
    const cluster = new RdsCluster(stack, "Rds", {
      engine: text,
      engineVersion: text,
      manageMasterUserPassword: flag,
    });
    expect(() => clusterIn(stack, { endpoint: ClusterEndpoint.fromRdsCluster(cluster) })).not.toThrow();
  });

  it.each([right.endpoint, "cluster-ABC0123", ""])("refuses to look up %j", identifier => {
    expect(() => clusterIn(stackOf(), { endpoint: ClusterEndpoint.fromLookup(identifier) })).toThrow(
      /\[stack\/orders\] `endpoint` must be looked up by the cluster's identifier/,
    );
  });

  it.each(["secretArn", "kmsKeyArn", "assumeRoleArn", "region", "accountId"])(
    "checks %s there, too",
    prop => {
      const wrong = { [prop]: "wrong value" };
      expect(rds({}, wrong)).toThrow(`\`${prop}\` must be`);
      expect(() => clusterIn(stackOf(), { endpoint: ClusterEndpoint.fromLookup("orders", wrong) })).toThrow(
        `\`${prop}\` must be`,
      );
    },
  );
});
