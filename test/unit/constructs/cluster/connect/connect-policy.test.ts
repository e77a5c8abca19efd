import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { AuroraCluster, type ConnectGrantee, ConnectPolicy } from "../../../../../constructs";
import { clusterIn, stackOf, synth } from "../../synth";

const statement = (...resources: string[]) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["rds-db:connect"], Resource: resources }],
});
const own = "arn:aws:rds-db:eu-west-1:111122223333:dbuser:cluster-ORDERS/sl_$${aws:PrincipalTag/UserName}";

describe("ConnectPolicy", () => {
  it("lets people log in to the account with their own name, on the cluster with this resource id", () => {
    const stack = stackOf();
    clusterIn(stack).grantConnect({ role: "developers" });
    const [policy] = Object.values(synth(stack).resource["aws_iam_role_policy"]!).filter(
      ({ role }) => role === "developers",
    );
    expect(JSON.parse(policy.policy)).toEqual(statement(own));
  });

  it("accepts roles of the stack, groups, users and permission sets", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    cluster.grantConnect({ role: new IamRole(stack, "Role", { assumeRolePolicy: "{}" }) });
    cluster.grantConnect({ group: "analysts" }, { users: ["bob"] });
    cluster.grantConnect({ user: "carol" }, { users: ["carol", "svc.sync"] });
    cluster.grantConnect({
      permissionSet: {
        arn: "arn:aws:sso:::permissionSet/i/ps-1",
        instanceArn: "arn:aws:sso:::instance/i",
        ownsInlinePolicy: true,
      },
    });
    const { resource } = synth(stack);
    const account = (name: string) => own.replace("$${aws:PrincipalTag/UserName}", () => name);
    const [group] = Object.values(resource["aws_iam_group_policy"]!);
    expect([group.group, JSON.parse(group.policy)]).toEqual(["analysts", statement(account("bob"))]);
    const [user] = Object.values(resource["aws_iam_user_policy"]!);
    expect([user.user, JSON.parse(user.policy)]).toEqual([
      "carol",
      statement(account("carol"), account("svc.sync")),
    ]);
    const [inline] = Object.values(resource["aws_ssoadmin_permission_set_inline_policy"]!);
    expect(JSON.parse(inline.inline_policy)).toEqual(statement(own));
    expect(Object.values(resource["aws_iam_role_policy"]!).map(({ role }) => role)).toContain(
      "${aws_iam_role.Role.name}",
    );
  });

  test.each([{ group: "analysts" }, { user: "carol" }])("refuses %j without accounts", grantee => {
    expect(() => clusterIn(stackOf()).grantConnect(grantee)).toThrow(
      /`users` must name the accounts that the (group|user) may use: who may tag users .* one policy for each user/,
    );
  });

  it("refuses a role that Identity Center made, and a role of another account than the cluster's", () => {
    const cluster = clusterIn(stackOf());
    expect(() => cluster.grantConnect({ role: "AWSReservedSSO_Developers_0123456789abcdef" })).toThrow(
      /must not be a role of Identity Center.*: use `permissionSet` with the permission set of AWSReservedSSO_/,
    );
    expect(() => cluster.grantConnect({ role: "arn:aws:iam::444455556666:role/developers" })).toThrow(
      /must be a role of the cluster's account 111122223333, got one of 444455556666.* Make a role there/,
    );
  });

  it("refuses a role's ARN, because the policy needs its name", () => {
    const cluster = clusterIn(stackOf());
    expect(() => cluster.grantConnect({ role: "arn:aws:iam::111122223333:role/developers" })).toThrow(
      /`role` must be the role's name, not its ARN and without its path, got: "arn:aws:iam::111122223333:role\/developers"/,
    );
  });

  test.each([
    [["cluster-GREEN"]],
    [["cluster-GREEN", "cluster-RESTORED"]],
    [[..."ABCDE"].map(id => `cluster-${id}`)],
  ])("lets people log in to the clusters %j that may take this one's place", nextResourceIds => {
    const stack = stackOf();
    const tag = "sl_$${aws:PrincipalTag/UserName}";
    const arns = ["cluster-ORDERS", ...nextResourceIds].map(
      id => `arn:aws:rds-db:eu-west-1:111122223333:dbuser:${id}/${tag}`,
    );
    const orders = clusterIn(stack, { nextResourceIds });
    expect(JSON.parse(new ConnectPolicy(stack, "Own", { clusters: [orders] }).json)).toEqual(
      statement(...arns),
    );
    const imported = AuroraCluster.fromAuroraClusterAttributes(stack, "imported", {
      name: "orders",
      resourceId: "cluster-ORDERS",
      nextResourceIds,
      region: "eu-west-1",
      accountId: "111122223333",
    });
    expect(JSON.parse(new ConnectPolicy(stack, "Imported", { clusters: [imported] }).json)).toEqual(
      statement(...arns),
    );
    expect(synth(stack).locals["orders-registry"].nextResourceIds).toEqual(nextResourceIds);
  });

  it("lets people log in through proxies", () => {
    const stack = stackOf();
    const proxyResourceIds = ["prx-0123456789abcdef0"];
    const orders = clusterIn(stack, { proxyResourceIds });
    const imported = AuroraCluster.fromAuroraClusterAttributes(stack, "imported", {
      name: "orders",
      resourceId: "cluster-ORDERS",
      region: "eu-west-1",
      accountId: "111122223333",
      proxyResourceIds,
    });
    const arns = [own, own.replace("cluster-ORDERS", "prx-0123456789abcdef0")];
    for (const cluster of [orders, imported])
      expect(JSON.parse(new ConnectPolicy(cluster, "P", { clusters: [cluster] }).json)).toEqual(
        statement(...arns),
      );
    // The functions log in to the cluster itself.
    expect(synth(stack).locals["orders-registry"].proxyResourceIds).toBeUndefined();
    expect(() => clusterIn(stack, { proxyResourceIds: ["orders-proxy"] }, "b")).toThrow(
      /`proxyResourceIds` must be the resource id of an RDS Proxy/,
    );
  });

  it("names a cluster once that took the place of the former one", () => {
    const stack = stackOf();
    const orders = clusterIn(stack, { nextResourceIds: ["cluster-FORMER", "cluster-ORDERS"] });
    expect(JSON.parse(new ConnectPolicy(stack, "P", { clusters: [orders] }).json)).toEqual(
      statement(own, own.replace("cluster-ORDERS", "cluster-FORMER")),
    );
  });

  it("can name several clusters, another tag, or single accounts", () => {
    const stack = stackOf();
    const orders = clusterIn(stack);
    const payments = AuroraCluster.fromAuroraClusterAttributes(stack, "payments", {
      name: "payments",
      resourceId: "cluster-PAYMENTS",
      prefix: "x",
      region: "us-gov-west-1",
      accountId: "444455556666",
    });
    const tagged = new ConnectPolicy(stack, "Tagged", {
      clusters: [orders, payments],
      principalTag: "login",
    });
    expect(JSON.parse(tagged.json)).toEqual(
      statement(
        own.replace("UserName", "login"),
        "arn:aws-us-gov:rds-db:us-gov-west-1:444455556666:dbuser:cluster-PAYMENTS/x_$${aws:PrincipalTag/login}",
      ),
    );
    const named = new ConnectPolicy(stack, "Named", { clusters: [payments], users: ["svc.a"] });
    expect(JSON.parse(named.json)).toEqual(
      statement("arn:aws-us-gov:rds-db:us-gov-west-1:444455556666:dbuser:cluster-PAYMENTS/x_svc.a"),
    );
  });

  it("refuses a second policy for a permission set, which would replace the first", () => {
    const stack = stackOf();
    const grantee: ConnectGrantee = {
      permissionSet: {
        arn: "arn:aws:sso:::permissionSet/i/ps-1",
        instanceArn: "arn:aws:sso:::instance/i",
        ownsInlinePolicy: true,
      },
    };
    clusterIn(stack).grantConnect(grantee);
    expect(() => clusterIn(stack, { name: "b" }, "b").grantConnect(grantee)).toThrow(
      /stack\/orders\/Connect-.* already makes one/,
    );
  });

  test.each([
    ["users that are patterns", { users: ["*"] }],
    ["users that hold a variable", { users: ["${aws:username}"] }],
    ["no user", { users: [] }],
    ["a tag that ends the variable", { principalTag: "a}*" }],
    ["no cluster", { clusters: [] }],
  ])("refuses %s", (_, props) => {
    const stack = stackOf();
    expect(() => new ConnectPolicy(stack, "P", { clusters: [clusterIn(stack)], ...props })).toThrow(/must/);
  });
});
