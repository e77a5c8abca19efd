import { type TerraformStack, TerraformVariable } from "cdktf";
import { AuroraCluster, type ConnectGrantee, ConnectPolicy } from "../../../../../constructs";
import { asGiven, policyFaults, policyLength } from "../../../../support/iam-policy";
import { stackOf, synth, type Tree } from "../../synth";

const set = { arn: "arn:aws:sso:::permissionSet/i/ps-1", instanceArn: "arn:aws:sso:::instance/i" };

/** IAM's limits of a document, in characters without white space. An inline policy takes half of its room. */
const LIMITS: Readonly<Record<string, number>> = {
  aws_iam_role_policy: 10_240 / 2,
  aws_iam_group_policy: 5120 / 2,
  aws_iam_user_policy: 2048 / 2,
  aws_iam_policy: 6144,
  aws_ssoadmin_permission_set_inline_policy: 32_768,
};

interface Given {
  readonly type: string;
  readonly name: string | undefined;
  readonly document: string;
}

/** Policies to log in to so many clusters, as Terraform gives them to IAM. */
function given(count: number, grantee: ConnectGrantee, isLookedUp: boolean, users?: string[]): Given[] {
  const stack = stackOf();
  const clusters = Array.from({ length: count }, (_, index) => clusterOf(stack, index, isLookedUp));
  new ConnectPolicy(stack, "P", { clusters, grantee, ...(users && { users }) });
  return Object.entries(synth(stack).resource).flatMap(([type, made]) =>
    type in LIMITS ? Object.values(made).map(policy => ({ type, ...inPlan(policy) })) : [],
  );
}

const inPlan = (policy: Tree) => ({
  // Terraform adds 26 characters to the beginning of a name.
  name:
    (policy.name && asGiven(policy.name)) ??
    (policy.name_prefix && `${asGiven(policy.name_prefix)}${"0".repeat(26)}`),
  document: asGiven(policy.policy ?? policy.inline_policy),
});

const idOf = (index: number): string => `cluster-${String(index).padStart(26, "X")}`;

const clusterOf = (stack: TerraformStack, index: number, isLookedUp: boolean) =>
  AuroraCluster.fromAuroraClusterAttributes(stack, `c${index}`, {
    name: `cluster-number-${index}`,
    ...(isLookedUp
      ? { resourceId: new TerraformVariable(stack, `id${index}`, { type: "string" }).stringValue }
      : { resourceId: idOf(index), region: "eu-central-1", accountId: "111122223333" }),
  });

const resources = (policies: readonly Given[]): string[] =>
  policies.flatMap(({ document }) =>
    (JSON.parse(document).Statement as { Resource: string[] }[]).flatMap(({ Resource }) => Resource),
  );

describe.each([
  ["known at synth", false],
  ["known to Terraform alone", true],
])("policies of clusters %s", (_, isLookedUp) => {
  test.each<[number, string, ConnectGrantee, string[] | undefined, number]>([
    [1, "a role", { role: "r" }, undefined, 1],
    [50, "a role", { role: "r" }, undefined, 2],
    [500, "a role", { role: "r" }, undefined, 11],
    [1, "a group", { group: "g" }, ["bob"], 1],
    [50, "a group", { group: "g" }, ["bob"], 2],
    [400, "a group", { group: "g" }, ["bob"], 10],
    [1, "a user", { user: "u" }, ["bob"], 1],
    [50, "a user", { user: "u" }, ["bob"], 2],
    [400, "a user", { user: "u" }, ["bob"], 11],
    [1, "a permission set", { permissionSet: { ...set, ownsInlinePolicy: true } }, undefined, 1],
    [50, "a permission set", { permissionSet: { ...set, ownsInlinePolicy: true } }, undefined, 1],
    [
      1,
      "a permission set by name",
      { permissionSet: { ...set, managedPolicy: { name: "m" } } },
      undefined,
      1,
    ],
    [1, "others", { managedPolicy: { name: "m" } }, undefined, 1],
  ])(
    "%i clusters, for %s: are what IAM takes, and name each resource id once",
    (count, _kind, grantee, users, most) => {
      const policies = given(count, grantee, isLookedUp, users);
      expect(policies.flatMap(({ document }) => policyFaults(document))).toEqual([]);
      expect(policies.filter(({ document, type }) => policyLength(document) > LIMITS[type]!)).toEqual([]);
      expect(policies.length).toBeLessThanOrEqual(most);
      expect(new Set(policies.map(({ name }) => name)).size).toBe(policies.length);
      for (const { name } of policies) expect(name ?? "inline").toMatch(/^[\w+=,.@-]{1,128}$/);
      const account = users ? "sl_bob" : "sl_${aws:PrincipalTag/UserName}";
      const named = resources(policies);
      expect(named).toHaveLength(count);
      expect(named.filter(arn => !arn.endsWith(`/${account}`))).toEqual([]);
      const ids = Array.from({ length: count }, (_unused, index) => idOf(index));
      const arns = ids.map(id => `arn:aws:rds-db:eu-central-1:111122223333:dbuser:${id}/${account}`);
      if (!isLookedUp) expect([...named].sort()).toEqual(arns.sort());
    },
  );

  test.each<[number, ConnectGrantee, RegExp]>([
    [800, { role: "r" }, /`clusters` must fit into 10 policies of 6144 characters, got \d+: .* another role/],
    [500, { permissionSet: { ...set, ownsInlinePolicy: true } }, /must fit into an inline policy of 32768/],
    [
      70,
      { managedPolicy: { name: "m" } },
      /must fit into one policy of 6144 characters.*, got 2: make several/,
    ],
    [
      70,
      { permissionSet: { ...set, managedPolicy: { name: "m" } } },
      /must fit into one policy of 6144 characters.*, got 2: make several with different names/,
    ],
  ])("refuses %i clusters for %j", (count, grantee, message) => {
    expect(() => given(count, grantee, isLookedUp)).toThrow(message);
  });
});

describe("the parts of a long policy", () => {
  const names = (count: number) => given(count, { role: "r" }, false).map(({ name }) => name);

  it("are named by what they allow, so that a change makes new ones", () => {
    const [more, most] = [names(100), names(101)];
    expect([more.length, most.length]).toEqual([3, 3]);
    // What the first two allow is the same, and so are their names.
    expect(more.filter(name => most.includes(name))).toHaveLength(2);
    expect(names(100)).toEqual(more);
  });

  it("a whole policy keeps its name whatever it allows", () => {
    expect(names(2)).toEqual(names(3));
  });
});
