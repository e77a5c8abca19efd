import { ClusterEndpoint } from "../../../../constructs";
import { clusterIn, stackOf, synth } from "../synth";

const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
const ROLE = "arn:aws:iam::444455556666:role/steward";

describe("the policies of a cluster without run roles", () => {
  it("are one function's each: to read this secret, log in as this user, or assume this role only", () => {
    const secretArn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s";
    const common = {
      endpoint: "h",
      resourceId: "cluster-X",
      region: "cn-north-1",
      accountId: "111122223333",
    };
    const statements = (more: object) => {
      const stack = stackOf();
      clusterIn(stack, {
        endpoint: ClusterEndpoint.fromAttributes({ ...common, ...more }),
        runRoles: false,
      });
      const policies = synth(stack).resource["aws_iam_role_policy"]!;
      expect(policies["orders-preview"].policy).toBe(policies["orders-apply"].policy);
      expect([policies["orders-preview"].role, policies["orders-apply"].role]).toEqual([
        "aurora-users-preview",
        "aurora-users-apply",
      ]);
      return JSON.parse(policies["orders-apply"].policy).Statement;
    };
    expect(statements({ secretArn, kmsKeyArn: KEY })).toEqual([
      {
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue", "kms:Decrypt"],
        Resource: [secretArn, KEY],
      },
    ]);
    expect(statements({ iamUser: "steward" })).toEqual([
      {
        Effect: "Allow",
        Action: ["rds-db:connect"],
        Resource: "arn:aws-cn:rds-db:cn-north-1:111122223333:dbuser:cluster-X/steward",
      },
    ]);
    expect(statements({ secretArn, assumeRoleArn: ROLE })).toEqual([
      { Effect: "Allow", Action: ["sts:AssumeRole"], Resource: ROLE },
    ]);
  });
});
