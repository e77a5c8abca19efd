import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { ClusterEndpoint, TargetAccountRole, type TargetAccountRoleProps } from "../../../../constructs";
import { runRoleResource } from "../../../../constructs/reconciler/run-role-names";
import { clusterIn, stackOf, statementsOf, synth } from "../synth";

const SECRET = "arn:aws:secretsmanager:eu-west-1:444455556666:secret:orders-AbCdEf";
const KEY = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd";
const PROPS: TargetAccountRoleProps = {
  managementAccountId: "111122223333",
  externalId: "example-access",
  accountId: "444455556666",
  clusters: [{ region: "eu-west-1", secretArn: SECRET }],
};

function roleOf(props: Partial<TargetAccountRoleProps> = {}) {
  const stack = stackOf();
  const role = new TargetAccountRole(stack, "Target", { ...PROPS, ...props });
  const { resource } = synth(stack);
  const [made] = Object.values(resource["aws_iam_role"]!);
  const [policy] = Object.values(resource["aws_iam_role_policy"]!);
  return { role, made, policy, statements: statementsOf(policy.policy) };
}

describe("TargetAccountRole", () => {
  it("lets only the roles of one reconciler of the management account assume it, with the external id", () => {
    const { made } = roleOf({ reconcilerName: "central" });
    const arn = (name: string) => `arn:aws:iam::111122223333:${name}`;
    const [statement, ...others] = statementsOf(made.assume_role_policy);
    expect(others).toEqual([]);
    expect(statement).toEqual({
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Principal: { AWS: arn("root") },
      Condition: {
        ArnEquals: {
          "aws:PrincipalArn": [
            "role/central-preview",
            "role/central-apply",
            "role/central-enforce",
            "role/central-rotate",
          ].map(arn),
        },
        StringEquals: { "sts:ExternalId": "example-access" },
      },
    });
  });

  it("trusts the run roles of named clusters, each by its whole name", () => {
    const clusters = ["orders", "Billing"].map(name => ({ region: "eu-west-1", secretArn: SECRET, name }));
    const { made } = roleOf({ reconcilerName: "central", clusters });
    const { "aws:PrincipalArn": trusted } = JSON.parse(made.assume_role_policy).Statement[0].Condition
      .ArnEquals;
    const roles = clusters.flatMap(({ name }) =>
      (["preview", "apply"] as const).map(right => runRoleResource({ name: "central" }, name, right)),
    );
    expect(roles[0]).toBe("role/central/central.orders-preview");
    expect(trusted.slice(4)).toEqual(roles.map(name => `arn:aws:iam::111122223333:${name}`));
    expect(made.assume_role_policy).not.toMatch(/[*?]/);
  });

  it("may read the named secrets and use their keys through Secrets Manager, and describe servers", () => {
    const other = SECRET.replace("orders", "billing");
    const { statements } = roleOf({
      clusters: [
        { region: "eu-west-1", secretArn: SECRET, kmsKeyArn: KEY },
        { region: "eu-west-1", secretArn: other, kmsKeyArn: KEY },
      ],
    });
    expect(statements).toEqual([
      { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: [SECRET, other] },
      {
        Effect: "Allow",
        Action: ["kms:Decrypt"],
        Resource: [KEY],
        Condition: { StringLike: { "kms:ViaService": "secretsmanager.*.amazonaws.com*" } },
      },
      {
        Effect: "Allow",
        Action: ["rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:DescribeGlobalClusters"],
        Resource: ["cluster", "db", "global-cluster"].map(kind => `arn:aws:rds:*:444455556666:${kind}:*`),
      },
    ]);
  });

  it("may log in as one account to the named resource ids, and ask CloudWatch about a cluster that pauses", () => {
    const { statements } = roleOf({
      clusters: [
        { region: "us-east-1", iamUser: "steward", resourceIds: ["cluster-A", "cluster-B"], pausing: true },
        { region: "eu-west-1", iamUser: "steward", resourceIds: ["cluster-C"] },
      ],
    });
    expect(statements.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [
        ["rds-db:connect"],
        [
          ...["A", "B"].map(id => `arn:aws:rds-db:us-east-1:444455556666:dbuser:cluster-${id}/steward`),
          "arn:aws:rds-db:eu-west-1:444455556666:dbuser:cluster-C/steward",
        ],
      ],
      [expect.arrayContaining(["rds:DescribeDBClusters"]), expect.any(Array)],
      [["cloudwatch:GetMetricData"], "*"],
    ]);
  });

  it("gives ClusterEndpoint what it needs, and is made by the provider of its account", () => {
    const stack = stackOf();
    const provider = new AwsProvider(stack, "target", { region: "eu-west-1", alias: "target" });
    const role = new TargetAccountRole(stack, "Target", { ...PROPS, provider });
    expect(role.login).toEqual({
      accountId: "444455556666",
      externalId: "example-access",
      assumeRoleArn: "arn:aws:iam::444455556666:role/aurora-users-target",
    });
    const { resource } = synth(stack);
    for (const type of ["aws_iam_role", "aws_iam_role_policy"])
      expect(Object.entries(resource[type]!).map(([id, made]) => [id, made.provider])).toEqual([
        ["aurora-users-target-444455556666", "aws.target"],
      ]);
  });

  test.each<[string, object, string]>([
    ["managementAccountId", { managementAccountId: "1" }, "`managementAccountId` must be the 12 digits"],
    ["no external id", { externalId: undefined }, "`managementAccountId` and `externalId` must be given"],
    ["externalId", { externalId: "a b" }, "`externalId` must be an external id"],
    ["reconcilerName", { reconcilerName: "a/b" }, "`reconcilerName` must be the name of a reconciler"],
    ["roleName", { roleName: "a/b" }, "`roleName` must be the name of a role"],
    ["no cluster", { clusters: [] }, "`clusters` must name at least one cluster"],
    ["no login", { clusters: [{ region: "eu-west-1" }] }, "for each cluster, got neither"],
    [
      "two logins",
      { clusters: [{ region: "eu-west-1", secretArn: SECRET, iamUser: "a", resourceIds: ["cluster-A"] }] },
      "for each cluster, got both",
    ],
    ["region", { clusters: [{ region: "Ireland", secretArn: SECRET }] }, "`clusters.region` must be"],
    ["secret", { clusters: [{ region: "eu-west-1", secretArn: "x" }] }, "`clusters.secretArn` must be"],
    [
      "a secret without the characters that AWS adds",
      { clusters: [{ region: "eu-west-1", secretArn: SECRET.replace("-AbCdEf", "") }] },
      "`clusters.secretArn` must be the secret's whole ARN, with the six characters that AWS adds",
    ],
    [
      "a cluster's name",
      { clusters: [{ region: "eu-west-1", secretArn: SECRET, name: "*" }] },
      "`clusters.name` must be the name of a cluster",
    ],
    [
      "more named clusters than a trust policy holds",
      {
        clusters: Array.from({ length: 20 }, (_, index) => ({
          region: "eu-west-1",
          secretArn: SECRET,
          name: `cluster-${index}`,
        })),
      },
      "`clusters.name` must fit in one trust policy of 2048 characters",
    ],
    [
      "ids without a user",
      { clusters: [{ region: "eu-west-1", secretArn: SECRET, resourceIds: ["cluster-A"] }] },
      "`clusters.resourceIds` must be given with `iamUser`",
    ],
    [
      "a user without ids",
      { clusters: [{ region: "eu-west-1", iamUser: "a" }] },
      "`clusters.resourceIds` must",
    ],
    [
      "a pattern as user",
      { clusters: [{ region: "eu-west-1", iamUser: "*", resourceIds: ["cluster-A"] }] },
      "`clusters.iamUser` must be",
    ],
    [
      "more clusters than fit",
      {
        clusters: Array.from({ length: 160 }, (_, index) => ({
          region: "eu-west-1",
          secretArn: SECRET.replace("orders", `orders-${index}`),
        })),
      },
      "must fit in one policy of 10240 characters",
    ],
  ])("refuses: %s", (_, props, message) => {
    expect(() => roleOf(props)).toThrow(message);
    expect(() => roleOf(props)).toThrow("[stack/Target]");
  });

  it("has room for 80 clusters with a secret of RDS", () => {
    const secretArn = (index: number) =>
      `arn:aws:secretsmanager:ap-southeast-2:444455556666:secret:rds!cluster-${index}b3c4d5e-0a1b-4c2d-8e3f-0123456789ab-AbCdEf`;
    const clusters = Array.from({ length: 80 }, (_, index) => ({
      region: "ap-southeast-2",
      secretArn: secretArn(index),
    }));
    expect(() => roleOf({ clusters })).not.toThrow();
  });

  it("refuses a provider without its account", () => {
    const stack = stackOf();
    const provider = new AwsProvider(stack, "target", { region: "eu-west-1", alias: "target" });
    const { accountId: _, ...props } = PROPS;
    expect(() => new TargetAccountRole(stack, "Target", { ...props, provider })).toThrow(
      "`accountId` must be given with `provider`",
    );
  });
});

describe("a cluster in another account", () => {
  it("tells the functions the external id of the role, and plans again where it changes", () => {
    const stack = stackOf();
    const secretArn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders";
    const assumeRoleArn = "arn:aws:iam::111122223333:role/access";
    const login = { secretArn, assumeRoleArn, externalId: "example-access" };
    const attributes = { endpoint: "orders.example.com", resourceId: "cluster-ORDERS", ...login };
    clusterIn(stack, { endpoint: ClusterEndpoint.fromAttributes(attributes) });
    const { locals, resource } = synth(stack);
    expect(locals["orders-registry"]).toMatchObject({ assumeRoleArn, externalId: "example-access" });
    expect(resource["terraform_data"]!["orders-gate"].triggers_replace).toMatchObject({
      externalId: "example-access",
    });
  });
});
