import { AccessLedger, type AccessLedgerProps, Reconciler } from "../../../../constructs";
import { clusterIn, fakeBundle, reconcilerIn, stackOf, statementsOf, synth } from "../synth";

const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
const SHOP = { accountId: "444455556666", reconcilerName: "shop-access", clusters: ["orders", "billing"] };
const OTHER = { accountId: "777788889999", reconcilerName: "other-access", clusters: ["payments"] };

function sharedWith(users: AccessLedgerProps["sharedWith"], more: Partial<AccessLedgerProps> = {}) {
  const stack = stackOf();
  new AccessLedger(stack, "Ledger", { kmsKeyArn: KEY, sharedWith: users!, ...more });
  return synth(stack).resource["aws_dynamodb_resource_policy"] ?? {};
}

type Statement = ReturnType<typeof statementsOf>[number] & {
  Principal: { AWS: string };
  Condition: {
    ArnLike: { "aws:PrincipalArn": string[] };
    "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": string[] };
  };
};

/** The statements of a table's policy, in short: account, roles, actions, partitions. */
const shared = (policies: ReturnType<typeof sharedWith>, table: "ledger" | "audit") =>
  (statementsOf(policies[`aurora-users-${table}-policy`].policy) as Statement[]).map(statement => [
    statement.Principal.AWS,
    statement.Condition.ArnLike["aws:PrincipalArn"].map(arn => arn.replace("arn:*:iam::", "")),
    (statement.Action as string[]).map(action => action.replace("dynamodb:", "")),
    statement.Condition["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"],
  ]);

describe("a ledger that reconcilers of other accounts use", () => {
  const roles = (reconciler: string, whose: "read" | "write") => {
    const functions = whose === "read" ? ["preview"] : ["apply", "enforce", "rotate"];
    const account = reconciler === "shop-access" ? SHOP.accountId : OTHER.accountId;
    return functions.map(name => `${account}:role/${reconciler}-${name}`);
  };

  it("lets each read and write what the ledger holds about its own clusters; its preview only reads", () => {
    expect(shared(sharedWith([SHOP, OTHER]), "ledger")).toEqual([
      [
        SHOP.accountId,
        roles("shop-access", "read"),
        ["GetItem", "Query"],
        ["orders", "billing", "#clusters", "#offboarded#shop-access"],
      ],
      [
        SHOP.accountId,
        roles("shop-access", "write"),
        ["GetItem", "Query", "PutItem", "DeleteItem"],
        ["orders", "billing", "#clusters", "#offboarded#shop-access", "#directory#shop-access"],
      ],
      [
        OTHER.accountId,
        roles("other-access", "read"),
        ["GetItem", "Query"],
        ["payments", "#clusters", "#offboarded#other-access"],
      ],
      [
        OTHER.accountId,
        roles("other-access", "write"),
        ["GetItem", "Query", "PutItem", "DeleteItem"],
        ["payments", "#clusters", "#offboarded#other-access", "#directory#other-access"],
      ],
    ]);
  });

  it("lets each add to its own clusters' audit trail, and no one update or delete an item", () => {
    expect(shared(sharedWith([SHOP]), "audit")).toEqual([
      [
        SHOP.accountId,
        roles("shop-access", "read"),
        ["GetItem", "PutItem"],
        ["refused#orders", "refused#billing", "refused#unknown"],
      ],
      [
        SHOP.accountId,
        roles("shop-access", "write"),
        ["GetItem", "Query", "PutItem"],
        [
          "orders",
          "billing",
          "refused#orders",
          "refused#billing",
          "refused#unknown",
          "#offboarding#shop-access",
        ],
      ],
    ]);
  });

  it("names one table in each policy", () => {
    const policies = sharedWith([SHOP]);
    expect(Object.entries(policies).map(([id, { resource_arn }]) => [id, resource_arn])).toEqual([
      ["aurora-users-audit-policy", "${aws_dynamodb_table.aurora-users-audit.arn}"],
      ["aurora-users-ledger-policy", "${aws_dynamodb_table.aurora-users-ledger.arn}"],
    ]);
    for (const [id, { policy }] of Object.entries(policies))
      for (const { Resource } of statementsOf(policy))
        expect(Resource).toBe(`\${aws_dynamodb_table.${id.replace("-policy", "")}.arn}`);
  });

  it("has room for 15 reconcilers of five clusters", () => {
    const users = Array.from({ length: 15 }, (_, place) => ({
      accountId: String(444455556600 + place),
      reconcilerName: `access-shop-${place}`,
      clusters: Array.from({ length: 5 }, (_, cluster) => `shop-${place}-orders-${cluster}`),
    }));
    expect(() => sharedWith(users)).not.toThrow();
    expect(() => sharedWith([...users, SHOP, OTHER])).toThrow(/these 17 reconcilers make 2\d{4}\./);
  });

  it("is not shared with the tables' own account, whose roles no table's policy limits", () => {
    const { condition, error_message } = sharedWith([SHOP, OTHER])["aurora-users-ledger-policy"].lifecycle
      .precondition[0];
    expect(condition).toBe(
      '${!contains(["444455556666", "777788889999"], data.aws_caller_identity.aurora-users-caller.account_id)}',
    );
    expect(error_message).toContain("must not name the tables' own account");
  });

  it("has no policy where it is not shared", () => {
    expect(sharedWith([])).toEqual({});
  });

  test.each<[string, object[], object, string]>([
    ["without a key", [SHOP], { kmsKeyArn: undefined }, "`sharedWith` needs `kmsKeyArn`"],
    ["a wrong account", [{ ...SHOP, accountId: "1" }], {}, "`sharedWith.accountId` must be the 12 digits"],
    ["a wrong reconciler", [{ ...SHOP, reconcilerName: "*" }], {}, "`sharedWith.reconcilerName` must be"],
    ["no clusters", [{ ...SHOP, clusters: [] }], {}, "`sharedWith.clusters` must name at least one"],
    ["a wrong cluster", [{ ...SHOP, clusters: ["*"] }], {}, "`sharedWith.clusters` must be the name of a"],
    [
      "one name of two reconcilers",
      [SHOP, { ...OTHER, reconcilerName: "shop-access" }],
      {},
      "`sharedWith` must name each reconciler once: shop-access is there twice",
    ],
    [
      "one cluster of two accounts",
      [SHOP, { ...OTHER, clusters: ["orders"] }],
      {},
      "orders is that of 444455556666 and of 777788889999",
    ],
    [
      "more than a policy holds",
      [{ ...SHOP, clusters: Array.from({ length: 700 }, (_, index) => `cluster-${index}`) }],
      {},
      "must fit in a table's policy of 20480 bytes, and these 1 reconcilers make",
    ],
  ])("refuses: %s", (_, users, more, message) => {
    expect(() => sharedWith(users as never, more)).toThrow(message);
  });

  it("is called by its ARN where it is elsewhere, and by its name in the stack's own account", () => {
    const tables = (attributes: object) => {
      const stack = stackOf();
      const ledger = AccessLedger.fromAccessLedgerAttributes(stack, "Ledger", attributes);
      new Reconciler(stack, "Reconciler", { ledger, bundle: fakeBundle() });
      const { LEDGER_TABLE, AUDIT_TABLE } =
        synth(stack).resource["aws_lambda_function"]!["aurora-users-apply"].environment.variables;
      return [LEDGER_TABLE, AUDIT_TABLE];
    };
    expect(tables({})).toEqual(["aurora-users-ledger", "aurora-users-audit"]);
    expect(tables({ region: "eu-west-1", accountId: "111122223333", kmsKeyArn: KEY })).toEqual([
      "arn:aws:dynamodb:eu-west-1:111122223333:table/aurora-users-ledger",
      "arn:aws:dynamodb:eu-west-1:111122223333:table/aurora-users-audit",
    ]);
  });
});

describe("a reconciler whose ledger is in another account", () => {
  const LEDGER = { region: "eu-west-1", accountId: "999988887777", kmsKeyArn: KEY };
  const ledgerOf = (stack: ReturnType<typeof stackOf>) =>
    AccessLedger.fromAccessLedgerAttributes(stack, "Elsewhere", LEDGER);

  it.each<[string, (stack: ReturnType<typeof stackOf>) => unknown]>([
    ["of this stack", stack => reconcilerIn(stack, { ledger: ledgerOf(stack) })],
    [
      "of another stack",
      stack => Reconciler.fromReconcilerAttributes(stack, "Reconciler", { ledgerIsElsewhere: true }),
    ],
  ])("%s makes no run roles, which the tables' policies do not name", (_, make) => {
    const stack = stackOf();
    make(stack);
    clusterIn(stack);
    const { locals, resource } = synth(stack);
    expect(locals["orders-registry"]).not.toHaveProperty("runRoles");
    expect(Object.keys(resource["aws_iam_role"] ?? {}).filter(id => id.endsWith("_run"))).toEqual([]);
    expect(() => clusterIn(stack, { runRoles: true }, "billing")).toThrow(
      "`runRoles` must not be true for billing: the ledger of aurora-users is in another account or region",
    );
  });

  it("cannot require run roles", () => {
    const own = stackOf();
    expect(() => reconcilerIn(own, { ledger: ledgerOf(own), clusterRolesOnly: true })).toThrow(
      "`clusterRolesOnly` must not be true with a ledger of another account",
    );
    const attributes = { ledgerIsElsewhere: true, clusterRolesOnly: true };
    expect(() => Reconciler.fromReconcilerAttributes(stackOf(), "Reconciler", attributes)).toThrow(
      "`clusterRolesOnly` must not be true with a ledger of another account",
    );
  });
});
