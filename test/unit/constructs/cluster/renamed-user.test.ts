import { UserGrant, type UserGrantProps } from "../../../../constructs";
import { clusterIn, person, stackOf, synth } from "../synth";

type Granted = UserGrantProps["user"];
const grants = [{ databases: ["orders"], role: "read" }];
const made = (...users: Granted[]) => {
  const stack = stackOf();
  const cluster = clusterIn(stack);
  for (const user of users) new UserGrant(stack, user.user, { cluster, user, grants });
  return { cluster, stack };
};
const smith = (formerly = "jane.doe", more: Partial<Granted> = {}) =>
  person("jane.smith", { formerly, ...more });

describe("a user with a former name", () => {
  it("has it in the roster with the prefix, and Terraform moves the record", () => {
    const { cluster, stack } = made(smith());
    expect(cluster.toRoster().accounts["sl_jane.smith"]).toMatchObject({ formerly: "sl_jane.doe" });
    const { moved, resource } = synth(stack) as ReturnType<typeof synth> & { moved: object[] };
    const [from, to] = ["jane_doe-on-orders", "jane_smith-on-orders"].map(id => `terraform_data.${id}`);
    expect(moved).toEqual([{ from, to }]);
    expect(Object.keys(resource["terraform_data"]!)).toContain("jane_smith-on-orders");
    expect(synth(made(person("jane.smith")).stack)).not.toHaveProperty("moved");
  });

  it("moves each record, if several are renamed", () => {
    const { stack } = made(smith(), person("bob.roe", { formerly: "bob" }));
    expect((synth(stack) as unknown as { moved: object[] }).moved).toHaveLength(2);
  });

  it("whose account alone has another name keeps the record", () => {
    expect(synth(made(smith("jane.smith", { account: "jane" })).stack)).not.toHaveProperty("moved");
  });

  it("is refused if the former name is somebody's", () => {
    expect(() => synth(made(smith(), person("jane.doe")).stack)).toThrow(
      /sl_jane\.smith on orders: has the former name `sl_jane\.doe`, which is declared, too/,
    );
    expect(() => synth(made(smith(), person("zoe", { formerly: "jane.doe" })).stack)).toThrow(
      /is also the former name of `sl_jane\.smith`/,
    );
  });

  it.each<[Partial<Granted>, RegExp]>([
    [{ formerly: "jane.smith" }, /`formerly`: "jane.smith" is the account's name now/],
    [{ formerly: "sl_jane" }, /`formerly`: "sl_jane" has the prefix/],
    [{ kind: "service" }, /only a person's account is renamed/],
    [{ formerly: "a\u200bb" }, /invisible/],
    [{ formerly: "x".repeat(30) }, /MySQL takes 32/],
  ])("is refused with %j", (more, message) => {
    expect(() => made(smith("jane.doe", more))).toThrow(message);
  });

  it("is escaped for Terraform", () => {
    const { stack } = made(smith("a${b}"));
    const { locals } = synth(stack);
    expect(locals["jane_smith-on-orders"]).toMatchObject({ formerly: "sl_a$${b}" });
  });
});

describe("a cluster whose sessions are left alone", () => {
  const entryWith = (terminateSessions?: boolean) => {
    const stack = stackOf();
    clusterIn(stack, terminateSessions === undefined ? {} : { terminateSessions });
    return synth(stack).locals["orders-registry"];
  };

  it("says so in the registry, and else nothing", () => {
    expect(entryWith(false)).toMatchObject({ terminateSessions: false });
    for (const given of [true, undefined]) expect(entryWith(given)).not.toHaveProperty("terminateSessions");
    expect(() => entryWith("no" as unknown as boolean)).toThrow(/`terminateSessions` must be true or false/);
  });
});
