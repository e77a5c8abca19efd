import { registryEntrySchema } from "../../../../core/contract/registry-entry";
import { MAX_SESSION_POLICY, targetSessionPolicy } from "../../../../core/contract/target-session-policy";

const ROLE = "arn:aws:iam::444455556666:role/aurora-users-target";
const SECRET = "arn:aws:secretsmanager:eu-west-1:444455556666:secret:orders-AbCdEf";
const ENTRY = {
  region: "eu-west-1",
  resourceId: "cluster-A",
  credentials: { secretArn: SECRET },
};

const statements = (entry: Partial<Parameters<typeof targetSessionPolicy>[0]> = {}, role = ROLE) =>
  JSON.parse(targetSessionPolicy({ ...ENTRY, ...entry } as never, role)).Statement;

describe("the policy of a session in a cluster's account", () => {
  it("allows this cluster's secret, and its key through Secrets Manager alone", () => {
    const secrets = [SECRET, `${SECRET}-??????`];
    expect(statements().slice(0, 2)).toEqual([
      { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: secrets },
      {
        Effect: "Allow",
        Action: ["kms:Decrypt"],
        Resource: "*",
        Condition: {
          StringLike: { "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com*" },
        },
      },
    ]);
  });

  it("allows the administrator's login to the cluster, and to those that may take its place", () => {
    const [login] = statements(
      { credentials: { iamUser: "steward" }, nextResourceIds: ["cluster-B", "cluster-A"] },
      ROLE.replace("aws", "aws-cn"),
    );
    expect(login).toEqual({
      Effect: "Allow",
      Action: ["rds-db:connect"],
      Resource: ["A", "B"].map(id => `arn:aws-cn:rds-db:eu-west-1:444455556666:dbuser:cluster-${id}/steward`),
    });
  });

  it("takes an account's name as text, in the characters that IAM accepts", () => {
    const policy = targetSessionPolicy({ ...ENTRY, credentials: { iamUser: "a*b?c$d-ж" } }, ROLE);
    expect(policy).toMatch(/^[\x20-\xff]+$/);
    expect(JSON.parse(policy).Statement[0].Resource[0]).toMatch(/\/a\$\{\*\}b\$\{\?\}c\$\{\$\}d-\?$/);
  });

  it("allows to describe servers of that account, and CloudWatch only for a cluster that pauses", () => {
    const actions = (entry = {}) => statements(entry).flatMap(({ Action }: { Action: string[] }) => Action);
    const described = ["rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:DescribeGlobalClusters"];
    const always = ["secretsmanager:GetSecretValue", "kms:Decrypt", ...described];
    expect(actions()).toEqual(always);
    expect(actions({ pausing: { clusterIdentifier: "orders" } })).toEqual([
      ...always,
      "cloudwatch:GetMetricData",
    ]);
    expect(statements()[2].Resource).toEqual(
      ["cluster", "db", "global-cluster"].map(kind => `arn:aws:rds:*:444455556666:${kind}:*`),
    );
  });

  it("is short enough for the longest names that AWS has", () => {
    const region = "ap-southeast-99";
    const pausing = { clusterIdentifier: "x".repeat(63) };
    const role = ROLE.replace("aws", "aws-us-gov");
    const secretArn = `arn:aws-us-gov:secretsmanager:${region}:444455556666:secret:${"s".repeat(512)}-AbCdEf`;
    const ids = Array.from({ length: 5 }, (_, index) => `cluster-${`${index}`.padStart(26, "A")}`);
    const entry = { region, resourceId: `cluster-${"B".repeat(26)}`, pausing, nextResourceIds: ids };
    for (const credentials of [{ secretArn }, { iamUser: "ж".repeat(32) }, { iamUser: "*".repeat(32) }]) {
      const length = targetSessionPolicy({ ...entry, credentials }, role).length;
      expect([length <= MAX_SESSION_POLICY, length]).toEqual([true, length]);
    }
  });

  it("an entry of an earlier release, without an external id, is still an entry", () => {
    const old = {
      protocol: 1,
      cluster: "orders",
      engine: "mysql",
      host: "orders.example.com",
      port: 3306,
      prefix: "sl",
      ceiling: { privileges: ["SELECT"], databases: ["a"] },
      unmanaged: "lock",
      definers: "block",
      assumeRoleArn: ROLE,
      ...ENTRY,
    };
    expect(registryEntrySchema.parse(old)).not.toHaveProperty("externalId");
    expect(registryEntrySchema.parse({ ...old, externalId: "abc" })).toMatchObject({ externalId: "abc" });
  });
});
