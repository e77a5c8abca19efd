import { AuroraCluster, type AuroraClusterProps, ConnectPolicy, UserGrant } from "../../../../constructs";
import { registryEntrySchema } from "../../../../core/contract/registry-entry";
import { DEFAULT_CEILING } from "../../../../core/roster/ceiling";
import { usersOf } from "../../reader/users-of";
import { clusterIn, person, stackOf, synth } from "../synth";

const grants = [{ databases: ["orders"], role: "read" }];
const service = (user: string, more: object = {}) => ({ kind: "service" as const, user, ...more });
const made = (props: Partial<AuroraClusterProps>) => {
  const stack = stackOf();
  return { stack, cluster: clusterIn(stack, props) };
};
const entryOf = ({ stack }: ReturnType<typeof made>) => {
  const { locals } = synth(stack);
  return registryEntrySchema.parse(locals["orders-registry"]);
};

describe("accounts without the prefix that a cluster's construct names", () => {
  it("are in the registry entry, and absent from it where none is named", () => {
    const names = { alsoManages: ["legacy_app@%"], takeOver: { "jane.doe": "jane@%" } };
    expect(entryOf(made(names))).toMatchObject(names);
    const none = entryOf(made({ alsoManages: [], takeOver: {} }));
    expect(Object.keys(none).filter(key => key in names)).toEqual([]);
  });

  it("are escaped for Terraform", () => {
    expect(entryOf(made({ takeOver: { "a${b}": "c${d}@%" } })).takeOver).toEqual({ "a$${b}": "c$${d}@%" });
  });

  it("keep their names in the roster, by user name or by `account`; others get the prefix", () => {
    const { cluster, stack } = made({ alsoManages: ["legacy_app@%", "etl@%"] });
    new UserGrant(stack, "Legacy", { cluster, user: service("legacy_app"), grants });
    new UserGrant(stack, "Etl", { cluster, user: service("loader", { account: "etl" }), grants });
    new UserGrant(stack, "Jane", { cluster, user: person("jane.doe"), grants });
    expect(Object.keys(cluster.toRoster().accounts)).toEqual(["etl", "legacy_app", "sl_jane.doe"]);
    expect(() => synth(stack)).not.toThrow();
  });

  it("keep their names on that cluster alone, for a users folder, also by `account`", () => {
    const grants = ["orders", "payments"].map(
      cluster => `  - {cluster: ${cluster}, databases: [a], role: read}`,
    );
    const file = (more = "") => `name: N\nkind: service\n${more}grants:\n${grants.join("\n")}\n`;
    const { problems, rosters } = usersOf(
      { "legacy_app.yaml": file(), "loader.yaml": file("account: etl\n") },
      { orders: { alsoManages: ["legacy_app@%", "etl@%"], ceiling: DEFAULT_CEILING }, payments: {} },
    );
    expect(problems).toEqual([]);
    expect(Object.keys(rosters["orders"]!.accounts)).toEqual(["etl", "legacy_app"]);
    expect(Object.keys(rosters["payments"]!.accounts)).toEqual(["sl_etl", "sl_legacy_app"]);
  });

  it.each<[Partial<AuroraClusterProps>, string]>([
    [{ alsoManages: ["rdsadmin@%"] }, '`alsoManages`: "rdsadmin@%" is an account of the server or of AWS'],
    [{ alsoManages: ["root@%"] }, "never touched; leave it out"],
    [{ takeOver: { "jane.doe": "mysql.sys@%" } }, '`takeOver`: "mysql.sys@%" is an account of the server'],
    [{ alsoManages: ["sl_jane@%"] }, "has the prefix `sl_`, so it is managed anyway; leave it out"],
    [{ alsoManages: ["legacy_app"] }, "is no account; write user and host: `legacy_app@%`"],
    [{ alsoManages: ["legacy_app@10.%"] }, 'has the host "10.%"'],
    [{ alsoManages: ["a@%", "a@%"] }, "is named by `alsoManages`, too; name each account once"],
    [{ takeOver: { a: "x@%", b: "x@%" } }, 'is named by `takeOver` for "a", too'],
    [{ takeOver: { "sl_jane.doe": "jane@%" } }, 'write what follows it: "jane.doe"'],
    [{ takeOver: { ["x".repeat(30)]: "jane@%" } }, "MySQL takes 32"],
    [{ takeOver: { jane: `${"x".repeat(33)}@%` } }, "MySQL takes 32"],
    [{ alsoManages: ["a\u200bb@%"] }, "`alsoManages`"],
    [{ alsoManages: "legacy_app@%" as never }, "`alsoManages` must be a list of accounts"],
    [{ alsoManages: ["${TfToken[TOKEN.0]}@%"] }, "`alsoManages`"],
    [{ takeOver: ["jane@%"] as never }, "`takeOver` must be accounts by users"],
    [{ takeOver: { "jane.doe": 1 as never } }, "`takeOver` must be plain text"],
    [{ alsoManages: Array.from({ length: 101 }, (_, i) => `a${i}@%`) }, "at most 100 accounts, got: 101"],
    [
      { alsoManages: ["app_role@%"], ceiling: { privileges: ["SELECT"], nativeRoles: ["app_role"] } },
      "must name no role",
    ],
  ])("are refused at synth with %j", (props, message) => {
    const error = (() => {
      try {
        return made(props) && undefined;
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect(error?.message).toContain("[stack/orders] ");
    expect(error?.message).toContain(message);
  });

  it("refuses `formerly` for one that keeps its name, and a grant of it as a native role", () => {
    const ceiling = { privileges: ["SELECT"], nativeRoles: ["legacy_app"] } as const;
    expect(() => made({ alsoManages: ["legacy_app@%"], ceiling })).toThrow(/must name no role/);
    const { cluster, stack } = made({ alsoManages: ["jane@%"] });
    new UserGrant(stack, "Jane", { cluster, user: person("jane", { formerly: "doe" }), grants });
    expect(() => synth(stack)).toThrow(/jane on orders: keeps its own name.*no `formerly`/);
  });

  const user = (name: string) => `arn:aws:rds-db:eu-west-1:111122223333:dbuser:cluster-ORDERS/${name}`;
  it("can be logged in to by services that a policy names, and by sessions with exactly their name as tag", () => {
    const { cluster, stack } = made({ alsoManages: ["legacy_app@%"] });
    const users = new ConnectPolicy(stack, "Services", {
      clusters: [cluster],
      users: ["legacy_app", "order-sync"],
    });
    expect(JSON.parse(users.json).Statement).toMatchObject([
      { Resource: [user("legacy_app"), user("sl_order-sync")] },
    ]);
    const people = new ConnectPolicy(stack, "People", { clusters: [cluster] });
    expect(JSON.parse(people.json).Statement).toMatchObject([
      { Resource: [user("sl_$${aws:PrincipalTag/UserName}")] },
      {
        Resource: [user("legacy_app")],
        Condition: { StringEquals: { "aws:PrincipalTag/UserName": "legacy_app" } },
      },
    ]);
    const imported = AuroraCluster.fromAuroraClusterAttributes(stack, "imported", {
      name: "orders",
      resourceId: "cluster-ORDERS",
      region: "eu-west-1",
      accountId: "111122223333",
      alsoManages: ["legacy_app@%"],
    });
    const other = new ConnectPolicy(stack, "Others", { clusters: [imported], users: ["legacy_app"] });
    expect(other.json).toContain(":dbuser:cluster-ORDERS/legacy_app");
    expect(other.json).not.toContain("sl_");
  });
});
