import { TerraformVariable } from "cdktf";
import { ConnectPolicy, ParameterStoreSource, UserGrant } from "../../../../constructs";
import { clusterIn, person, reads, stackOf, synth } from "../synth";

const addGrant =
  (user: object, grants: object[] = reads("orders"), options = {}) =>
  () =>
    clusterIn(stackOf()).addGrant({ ...person("jane.doe"), ...user }, grants as never, options as never);
const on = (...databases: string[]) => [{ databases, role: "read" }];
const with_ = (more: object) => [{ databases: ["orders"], role: "read", ...more }];

describe("a cluster's rules, checked at synth", () => {
  it.each(["rds", "aws"])("refuses the prefix %s, whose accounts belong to AWS", prefix => {
    expect(() => clusterIn(stackOf(), { prefix })).toThrow(
      `[stack/orders] \`prefix\` must be another: accounts that begin with \`${prefix}_\` belong to AWS`,
    );
    expect(() => clusterIn(stackOf(), { prefix: `${prefix}x` })).not.toThrow();
  });

  it.each([
    "mysql",
    "sys",
    "Information_Schema",
    "my%",
    "orders%",
    "*",
    "ord_rs\n",
    "a/b",
    "x".repeat(65),
    "",
  ])("refuses a ceiling on %j", database => {
    const ceiling = { privileges: ["SELECT" as const], databases: ["orders", database] };
    expect(() => clusterIn(stackOf(), { ceiling })).toThrow(/^\[stack\/orders\] `ceiling.databases`: /);
  });
});

describe("addGrant, checked at synth as users/ is", () => {
  it.each([
    "jane",
    "jane@",
    "@example.com",
    "jane doe@example.com",
    "Jane <jane@example.com>",
    "a@b@c.example",
  ])("refuses the address %j", email =>
    expect(addGrant({ email })).toThrow(/^\[stack\/orders\/.*\] `email`: is not an e-mail address/),
  );

  it.each(["orders%", "*", "ord*", "%", "mysql", "SYS", "a\\b", "orders ", "x".repeat(65)])(
    "refuses the database %j",
    database => expect(addGrant({}, on("stock", database))).toThrow(/^\[stack\/orders\/.*\] `databases`: /),
  );

  test.each([
    ["within a list", on("Orders", "orders")],
    ["in two grants", [...on("orders"), ...on("stock", "ORDERS")]],
    ["of a name with umlauts", [...on("größe"), ...on("GRÖßE")]],
  ])("refuses two spellings of a database %s", (_, grants) => {
    expect(addGrant({}, grants)).toThrow(
      /`databases`: .* are the same database on servers with lower_case_table/,
    );
  });

  test.each<[string, object, object[], RegExp]>([
    [
      "a hidden character in a name",
      { name: "Jane\u202eeoD" },
      on("orders"),
      /`name`: holds the invisible character U\+202E/,
    ],
    ["one in a user", { user: "jane\u0007" }, on("orders"), /`(user|account)`/],
    ["one in a reason", {}, with_({ reason: "a\u2066b" }), /`reason`: holds the invisible character U\+2066/],
    ["a user of 257 characters", { user: "x".repeat(257), account: "x" }, on("orders"), /`user`: .*256/],
    ["a reason of 1025", {}, with_({ reason: "x".repeat(1025) }), /`reason`: .*1024/],
    ["a name of 257", { name: "x".repeat(257) }, on("orders"), /`name`: .*256/],
    ["an unknown kind", { kind: "robot" }, on("orders"), /`kind`: /],
    [
      "an unknown privilege",
      {},
      with_({ privileges: ["SELET"] }),
      /`privileges` .*"SELET".*did you mean "SELECT"/,
    ],
    ["one that no database has", {}, with_({ privileges: ["SUPER"] }), /`privileges` .*"SUPER"/],
    ["no privilege", {}, with_({ privileges: [] }), /`privileges`/],
    ["a role that is nearly there", {}, with_({ role: "raed" }), /`role`: .*"raed".* did you mean "read"\?/],
    ["a role of another spelling", {}, with_({ role: "Read" }), /`role`: .*did you mean "read"\?/],
    ["an empty role", {}, with_({ role: "", privileges: ["SELECT"] }), /`role`/],
    ["a date without its year", {}, with_({ expires: "31-03" }), /`expires`: "31-03" is not a date/],
    ["a time without a zone", {}, with_({ expires: "2027-03-31T18:00" }), /`expires`: .*without a zone/],
  ])("refuses %s", (_, user, grants, message) => {
    expect(addGrant(user, grants)).toThrow(message);
    expect(addGrant(user, grants)).toThrow(/^\[stack\/orders\//);
  });

  test.each([
    ["of an unknown privilege", { read: ["SELET"] }],
    ["of none", { read: [] }],
    ["with ALL PRIVILEGES", { read: ["ALL PRIVILEGES"] }],
  ])("refuses a role %s", (_, roles) => {
    expect(addGrant({}, on("orders"), { roles })).toThrow(/^\[stack\/orders\/.*\] `roles.read` must name/);
  });

  it("names the field of a token", () => {
    const stack = stackOf();
    const token = new TerraformVariable(stack, "Text", { type: "string" }).stringValue;
    const clusters = () => clusterIn(stackOf());
    const grant =
      (user: object, more: object = {}) =>
      () =>
        clusters().addGrant({ ...person("jane.doe"), ...user }, with_(more) as never);
    for (const field of ["name", "email", "account"])
      expect(grant({ [field]: token })).toThrow(`\`${field}\``);
    for (const field of ["reason", "expires", "role"])
      expect(grant({}, { [field]: token })).toThrow(`\`${field}\``);
    expect(grant({}, { databases: [token] })).toThrow("`databases`");
  });

  it.each(["2020-01-01", "2001-12-31T00:00:00Z", "2025-06-30T12:00:00+02:00"])(
    "warns that %s has passed",
    expires => {
      const stack = stackOf();
      const grant = new UserGrant(stack, "Jane", {
        cluster: clusterIn(stack),
        user: person("jane.doe"),
        grants: with_({ expires }) as never,
      });
      expect(grant.node.metadata.map(({ data }) => data)).toEqual([
        expect.stringContaining(`"${expires}" has passed: this grant gives nothing any more`),
      ]);
      expect(() => synth(stack)).not.toThrow();
    },
  );
});

describe("ConnectPolicy, checked at synth", () => {
  const policy = (props: object) => () => {
    const stack = stackOf();
    new ConnectPolicy(stack, "P", { clusters: [clusterIn(stack)], ...props });
  };

  it.each(["sl_jane.doe", "sl_svc.reports", "sl_x"])(
    "refuses the user %s, which has the prefix already",
    user => {
      expect(policy({ users: ["order-sync", user] })).toThrow(
        `[stack/P] \`users\` must be names without the prefix, got: "${user}". Write "${user.slice(3)}"`,
      );
    },
  );

  it.each(["x".repeat(30), "x".repeat(100), "x".repeat(256)])(
    "refuses a user whose account is too long: %s",
    user => {
      expect(policy({ users: [user] })).toThrow(/\[stack\/P\] `users`: the account .* MySQL takes 32/);
    },
  );

  test.each<[string, readonly string[], (value: string) => object, string]>([
    [
      "policyName",
      ["a b", "team/connect", "x".repeat(129), ""],
      policyName => ({ grantee: { role: "r" }, policyName }),
      "`policyName` must be",
    ],
    [
      "role",
      ["team/developers", "arn:aws:iam::111122223333:role/developers", "x".repeat(65), "", "dev ops"],
      role => ({ grantee: { role } }),
      "`role` must be the role's name",
    ],
    [
      "group",
      ["team/dev", "arn:aws:iam::111122223333:group/dev", "x".repeat(129), ""],
      group => ({ grantee: { group }, users: ["bob"] }),
      "`group` must be the group's name",
    ],
    [
      "user",
      ["team/bob", "arn:aws:iam::111122223333:user/bob", "x".repeat(65), ""],
      user => ({ grantee: { user }, users: ["bob"] }),
      "`user` must be the user's name",
    ],
    [
      "tagSetters",
      ["*", "arn:aws:iam::*:role/broker", "arn:aws:iam::111122223333:role/${x}", "a b", ""],
      arn => ({ grantee: { role: "r" }, tagSetters: [arn] }),
      "`tagSetters` must be a principal as it is in the trust policy, and no pattern",
    ],
    [
      "permissionSet.arn",
      ["Developers", "ps-1", "arn:aws:sso:::instance/ssoins-1"],
      arn => ({ grantee: { permissionSet: { arn, instanceArn: "arn:aws:sso:::instance/i" } } }),
      "`permissionSet.arn` must be the ARN of a permission set",
    ],
    [
      "permissionSet.instanceArn",
      ["ssoins-1", "arn:aws:sso:::permissionSet/i/ps", ""],
      instanceArn => ({
        grantee: { permissionSet: { arn: "arn:aws:sso:::permissionSet/i/ps-1", instanceArn } },
      }),
      "`permissionSet.instanceArn` must be the ARN of an instance",
    ],
  ])("refuses a wrong %s", (_, values, props, message) => {
    for (const value of values) expect(policy(props(value))).toThrow(`[stack/P] ${message}`);
  });

  it("accepts tokens", () => {
    const stack = stackOf();
    const token = new TerraformVariable(stack, "Text", { type: "string" }).stringValue;
    const clusters = [clusterIn(stack)];
    const permissionSet = { arn: token, instanceArn: token, ownsInlinePolicy: true as const };
    for (const grantee of [{ role: token }, { permissionSet }, { managedPolicy: { name: token } }])
      new ConnectPolicy(stack, `P${Object.keys(grantee)}`, { clusters, grantee, policyName: token });
    for (const grantee of [{ group: token }, { user: token }])
      new ConnectPolicy(stack, `P${Object.keys(grantee)}`, { clusters, grantee, users: ["bob"] });
    expect(() => synth(stack)).not.toThrow();
  });
});

test.each([
  ["of an unknown privilege", { read: ["SELET"] }],
  ["of none", { read: [] }],
  ["with a name that is too long", { ["x".repeat(65)]: ["SELECT"] }],
])("a source is refused with a role %s", (_, roles) => {
  const stack = stackOf();
  const clusters = [{ cluster: clusterIn(stack), databases: ["orders"] }];
  expect(
    () => new ParameterStoreSource(stack, "S", { name: "shop", clusters, roles: roles as never }),
  ).toThrow(/^\[stack\/S\] `roles/);
});
