import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { AuroraCluster } from "../../../../../constructs";
import { clusterIn, stackOf, synth, type Tree } from "../../synth";

const preconditions = (policy: Tree): string[] =>
  (policy.lifecycle.precondition ?? []).map((check: Tree) => check.error_message);

describe("what a plan checks of a role", () => {
  it("looks up one that is given by its name, and reads the trust policy of the stack's own", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    cluster.grantConnect({ role: "developers" });
    const role = new IamRole(stack, "Role", { assumeRolePolicy: "{}", tags: { Team: "data" } });
    cluster.grantConnect({ role });
    const { data, locals, resource } = synth(stack);
    const [[id, lookup]] = Object.entries(data["aws_iam_role"]!) as [[string, Tree]];
    expect(lookup).toEqual({ name: "developers" });
    const trust = Object.values(locals).filter(({ policy }) => policy !== undefined);
    expect(trust).toHaveLength(2);
    expect(trust).toContainEqual({
      name: `\${data.aws_iam_role.${id}.name}`,
      policy: `\${data.aws_iam_role.${id}.assume_role_policy}`,
      tags: `\${data.aws_iam_role.${id}.tags}`,
      tagSetters: [],
    });
    expect(trust).toContainEqual({
      name: "${aws_iam_role.Role.name}",
      policy: "${aws_iam_role.Role.assume_role_policy}",
      tags: { Team: "data" },
      tagSetters: [],
    });
    const own = Object.values(resource["aws_iam_role_policy"]!).filter(({ name_prefix }) =>
      /people/.test(name_prefix),
    );
    for (const policy of own)
      expect(preconditions(policy)).toEqual([
        expect.stringContaining("only roles, groups and users of a cluster's own account"),
        expect.stringContaining("has the tag UserName itself"),
        expect.stringMatching(/lets a caller choose the session tag UserName.*\$\$\{aws:username\}/),
      ]);
    expect(own).toHaveLength(2);
  });

  it("is only the account where accounts are named: their sessions need no tag", () => {
    const stack = stackOf();
    clusterIn(stack).grantConnect({ role: "order-sync" }, { users: ["order-sync"] });
    const { data, resource } = synth(stack);
    expect(data["aws_iam_role"]).toBeUndefined();
    const policy = Object.values(resource["aws_iam_role_policy"]!).find(({ role }) => role === "order-sync");
    expect(preconditions(policy)).toEqual([
      expect.stringMatching(/only roles, groups and users of a cluster's own account can log in to it/),
    ]);
  });

  it("leaves out the account where the cluster is in that of the stack", () => {
    const stack = stackOf();
    AuroraCluster.fromAuroraClusterAttributes(stack, "orders", {
      name: "orders",
      resourceId: "cluster-ORDERS",
    }).grantConnect({ user: "bob" }, { users: ["bob"] });
    const [policy] = Object.values(synth(stack).resource["aws_iam_user_policy"]!);
    expect(preconditions(policy)).toEqual([]);
  });
});
