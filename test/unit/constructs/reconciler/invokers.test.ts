import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack, Testing } from "cdktf";
import { ARN, reconcilerIn, stackOf, statementsOf, synth } from "../synth";

const ARN_OF_ROLE = "arn:aws:iam::111122223333:role/ci/deploy";
const functionArns = (...names: string[]) =>
  names.flatMap(name => ["", ":$LATEST"].map(end => `${ARN("lambda")}function:aurora-users-${name}${end}`));

describe("who may call the functions", () => {
  it("is said for plans and applies apart", () => {
    const stack = stackOf();
    reconcilerIn(stack, { invokers: { preview: ["plan"], apply: [ARN_OF_ROLE, "deploy"] } });
    const { resource } = synth(stack);
    const policies = resource["aws_iam_policy"]!;
    expect(statementsOf(policies["aurora-users-invoke-preview"].policy)).toEqual([
      { Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: functionArns("preview") },
    ]);
    expect(statementsOf(policies["aurora-users-invoke-apply"].policy)).toEqual([
      { Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: functionArns("preview", "apply") },
    ]);
    const attached = Object.values(resource["aws_iam_role_policy_attachment"]!);
    expect(attached.map(({ policy_arn, role }) => [role, policy_arn])).toEqual([
      ["deploy", "${aws_iam_policy.aurora-users-invoke-apply.arn}"],
      ["plan", "${aws_iam_policy.aurora-users-invoke-preview.arn}"],
    ]);
  });

  it("is no role of another account, which Terraform checks before it attaches a policy", () => {
    const stack = stackOf();
    reconcilerIn(stack, { invokers: { preview: ["plan"], apply: [ARN_OF_ROLE] } });
    const { locals, resource } = synth(stack);
    const policies = resource["aws_iam_policy"]!;
    expect(policies["aurora-users-invoke-preview"]).not.toHaveProperty("lifecycle");
    const [{ condition, error_message }] = policies["aurora-users-invoke-apply"].lifecycle.precondition;
    const [, local] = /^\$\{alltrue\(\[for id in local\.([\w-]+)\.named : id == local\.\1\.own\]\)\}$/.exec(
      condition,
    )!;
    expect(locals[local!]).toEqual({
      named: ["111122223333"],
      own: "${data.aws_caller_identity.aurora-users-caller.account_id}",
    });
    expect(error_message).toContain("invokers.apply names a role of an account other than");
  });

  it("is no role of another account, which synth says where the provider names the accounts", () => {
    const declare = (allowed: string) => {
      const stack = new TerraformStack(Testing.app(), "stack");
      new AwsProvider(stack, "aws", { region: "eu-west-1", allowedAccountIds: [allowed] });
      reconcilerIn(stack, { invokers: { apply: [ARN_OF_ROLE] } });
    };
    expect(() => declare("444455556666")).toThrow(
      "`invokers.apply` names a role of the account 111122223333; roles of another account cannot call",
    );
    expect(() => declare("111122223333")).not.toThrow();
  });

  it("is nobody if the prop names no role", () => {
    const stack = stackOf();
    reconcilerIn(stack, { invokers: { preview: [] } });
    expect(synth(stack).resource).not.toHaveProperty("aws_iam_policy");
  });

  it.each([
    ["no role", "arn:aws:iam::111122223333:user/jane", /must be the name or the ARN of an IAM role/],
    [
      "a role of Identity Center",
      "AWSReservedSSO_Plan_0123456789abcdef",
      /Give the permission set the policy/,
    ],
  ])("refuses %s", (_, role, message) => {
    expect(() => reconcilerIn(stackOf(), { invokers: { apply: [role] } })).toThrow(message);
  });
});

describe("functions whose clusters all have run roles", () => {
  const statements = (action: string) => {
    const stack = stackOf();
    reconcilerIn(stack, { clusterRolesOnly: true, rotation: true });
    const { resource } = synth(stack);
    const lambda = resource["aws_lambda_function"]![`aurora-users-${action}`];
    expect(lambda.environment.variables.CLUSTER_ROLES_ONLY).toBe("true");
    return statementsOf(resource["aws_iam_role_policy"]![`aurora-users-${action}_base`].policy);
  };
  const onTables = (action: string) =>
    statements(action)
      .filter(({ Action }) => Action.some(name => name.startsWith("dynamodb:")))
      .map(({ Action, Condition }) => ({ Action, Condition }));
  const partitions = (...keys: string[]) => ({ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keys } });
  const refusals = {
    Action: ["dynamodb:GetItem", "dynamodb:PutItem"],
    Condition: partitions("refused#*"),
  };

  it("read the list of clusters, record refusals and mark people by their own roles, and nothing else", () => {
    expect(onTables("preview")).toEqual([
      { Action: ["dynamodb:Query"], Condition: partitions("#clusters") },
      refusals,
    ]);
    const mark = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"];
    const offboarding = [
      { Action: ["dynamodb:Query"], Condition: partitions("#clusters") },
      { Action: mark, Condition: partitions("#offboarded", "#directory") },
      { Action: mark, Condition: partitions("#offboarding") },
    ];
    for (const action of ["apply", "enforce"]) expect(onTables(action)).toEqual([refusals, ...offboarding]);
    expect(onTables("rotate")).toEqual([refusals]);
  });

  it.each(["apply", "enforce", "rotate"])("%s may not move a schedule, pass a role or ask RDS", action => {
    const actions = statements(action).flatMap(({ Action }) => Action);
    expect(actions.filter(name => /^(scheduler|iam|rds|cloudwatch):/.test(name))).toEqual([]);
    expect(actions).toEqual(
      expect.arrayContaining(["sts:AssumeRole", "kms:GenerateMac", "events:PutEvents"]),
    );
  });
});

it("network interfaces may be made only in a VPC", () => {
  const actions = (props: object) => {
    const stack = stackOf();
    reconcilerIn(stack, props);
    const policies = Object.values(synth(stack).resource["aws_iam_role_policy"]!);
    return policies.flatMap(({ policy }) => statementsOf(policy).flatMap(({ Action }) => Action));
  };
  const isNetwork = (action: string) => action.startsWith("ec2:");
  expect(actions({}).filter(isNetwork)).toEqual([]);
  const vpc = { subnetIds: ["subnet-0a1b2c3d"], securityGroupIds: ["sg-0a1b2c3d"] };
  expect(actions({ vpc }).filter(isNetwork)).not.toEqual([]);
});
