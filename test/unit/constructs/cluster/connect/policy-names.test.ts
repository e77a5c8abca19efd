import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack, Testing } from "cdktf";
import { AuroraCluster, ConnectPolicy, type IAuroraCluster } from "../../../../../constructs";
import { clusterIn, stackOf, synth, type Tree } from "../../synth";

const inlinePolicies = (stack: TerraformStack): Tree[] =>
  Object.values(synth(stack).resource["aws_iam_role_policy"] ?? {}).filter(({ name, name_prefix }) =>
    (name ?? name_prefix).startsWith("connect-"),
  );

const importedIn = (stack: TerraformStack, region: string, id = region): IAuroraCluster =>
  AuroraCluster.fromAuroraClusterAttributes(stack, id, {
    name: "orders",
    resourceId: "cluster-ORDERS",
    region,
    accountId: "111122223333",
  });

/** IAM keeps one inline policy of a name on a role. */
const expectDifferent = (policies: readonly Tree[], count: number) => {
  expect(new Set(policies.map(({ name_prefix }) => name_prefix)).size).toBe(count);
  for (const { name_prefix } of policies) expect(name_prefix).toMatch(/^[\w+=,.@-]{1,102}$/);
};

describe("the name of a policy", () => {
  it("differs where one role is granted twice, as a construct and by its name", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    cluster.grantConnect({ role: "developers" });
    cluster.grantConnect({
      role: new IamRole(stack, "Role", { name: "developers", assumeRolePolicy: "{}" }),
    });
    expectDifferent(inlinePolicies(stack), 2);
  });

  it("differs for clusters of one name in two regions, in one stack and in apps of the same constructs", () => {
    const stack = stackOf();
    for (const region of ["eu-west-1", "us-east-1"])
      importedIn(stack, region).grantConnect({ role: "developers" });
    expectDifferent(inlinePolicies(stack), 2);
    const apps = ["eu-west-1", "us-east-1"].flatMap(region => {
      const other = new TerraformStack(Testing.app(), "stack");
      new AwsProvider(other, "aws", { region });
      importedIn(other, region, "orders").grantConnect({ role: "developers" });
      return inlinePolicies(other);
    });
    expectDifferent(apps, 2);
  });

  it("tells region, cluster and purpose, and is the same at each synth", () => {
    const names = [1, 2].map(() => {
      const stack = stackOf();
      const cluster = clusterIn(stack);
      cluster.grantConnect({ role: "developers" });
      cluster.grantConnect({ role: "developers" }, { users: ["svc.sync"] });
      return inlinePolicies(stack)
        .map(({ name_prefix }) => name_prefix)
        .sort();
    });
    expect(names[0]).toEqual([
      expect.stringMatching(/^connect-eu-west-1-orders-accounts-[0-9a-f]{12}-$/),
      expect.stringMatching(/^connect-eu-west-1-orders-people-[0-9a-f]{12}-$/),
    ]);
    expect(names[1]).toEqual(names[0]);
  });

  it("stays within the 102 characters that a beginning may have, with a region that Terraform looks up, and many long names", () => {
    const stack = stackOf();
    const clusters = [..."abcdefgh"].map(letter =>
      AuroraCluster.fromAuroraClusterAttributes(stack, letter, {
        name: letter.repeat(63),
        resourceId: "cluster-A",
      }),
    );
    new ConnectPolicy(stack, "P", { clusters, grantee: { role: "developers" } });
    const [{ name_prefix }] = inlinePolicies(stack) as [Tree];
    const known = name_prefix.replace("${data.aws_region.aurora-users-region.id}", "ap-southeast-99x");
    expect(known).toMatch(/^connect-ap-southeast-99x-a{32}\+more-people-[\w+=,.@-]{12}-$/);
    expect(known.length).toBeLessThanOrEqual(102);
  });

  it("is completed by Terraform, so that a new one can be made before the former one goes", () => {
    const stack = stackOf();
    clusterIn(stack).grantConnect({ role: "developers" });
    const [policy] = inlinePolicies(stack) as [Tree];
    expect(policy.name).toBeUndefined();
    expect(policy.lifecycle).toMatchObject({ create_before_destroy: true });
  });

  it("that the stack gives is the same for the next one, so that the former one goes before", () => {
    const stack = stackOf();
    clusterIn(stack).grantConnect({ role: "developers" }, { policyName: "connect-mine" });
    const [policy] = inlinePolicies(stack) as [Tree];
    expect([policy.name, policy.name_prefix]).toEqual(["connect-mine", undefined]);
    expect(policy.lifecycle.create_before_destroy).toBeUndefined();
  });

  it("may be given, and is refused if the role has a policy of that name already", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    cluster.grantConnect({ role: "developers" }, { policyName: "connect-mine" });
    expect(inlinePolicies(stack)[0].name).toBe("connect-mine");
    expect(
      () =>
        new ConnectPolicy(stack, "P", {
          clusters: [cluster],
          grantee: { role: "developers" },
          policyName: "connect-mine",
        }),
    ).toThrow(/policy of the role developers connect-mine is declared twice/);
  });

  it("may be given once for a role of the stack, and for each of two roles", () => {
    const stack = stackOf();
    const clusters = [clusterIn(stack)];
    const [role, other] = ["Role", "Other"].map(id => new IamRole(stack, id, { assumeRolePolicy: "{}" })) as [
      IamRole,
      IamRole,
    ];
    const give = (id: string, grantee: { role: IamRole }) =>
      new ConnectPolicy(stack, id, { clusters, grantee, policyName: "connect-mine" });
    give("A", { role });
    give("B", { role: other });
    expect(() => give("C", { role })).toThrow(/connect-mine is declared twice: at stack\/A and at stack\/C/);
  });

  it("may be given for roles of two stacks that have the same address there", () => {
    const app = Testing.app();
    const stacks = ["one", "two"].map(id => {
      const stack = stackOf(app, id);
      const role = new IamRole(stack, "Role", { assumeRolePolicy: "{}" });
      importedIn(stack, "eu-west-1").grantConnect({ role }, { policyName: "connect-mine" });
      return stack;
    });
    for (const stack of stacks) expect(() => synth(stack)).not.toThrow();
  });

  it("cannot be that of the same grant, made twice", () => {
    const cluster = clusterIn(stackOf());
    cluster.grantConnect({ role: "developers" });
    expect(() => cluster.grantConnect({ role: "developers" })).toThrow(
      /must be called once for each grantee/,
    );
  });
});
