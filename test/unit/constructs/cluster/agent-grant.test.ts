import { UserGrant, type UserGrantProps } from "../../../../constructs";
import { AGENT_LIMITS } from "../../../../core/users/agents";
import { clusterIn, person, stackOf, synth } from "../synth";

type User = UserGrantProps["user"];
type Grants = UserGrantProps["grants"];
const JANE = person("jane.doe", { email: "jane.doe@example.com" });
const READ = { databases: ["orders"], role: "read", expires: "2027-03-31" };

/** The account of a user with these grants, on a cluster that allows all that agents may be given. */
function accountOf(user: Partial<User>, grants: Grants = [READ]) {
  const stack = stackOf();
  const ceiling = {
    privileges: ["SELECT", "SHOW VIEW", "INSERT", "UPDATE", "EXECUTE"],
    global: ["PROCESS"],
    nativeRoles: ["reporting"],
    grantOption: true,
  } as const;
  const cluster = clusterIn(stack, { ceiling });
  const { account } = new UserGrant(stack, "Bot", {
    cluster,
    user: { kind: "agent", user: "bot", ...user },
    grants,
  });
  synth(stack);
  return cluster.toRoster().accounts[account];
}

describe("an agent of UserGrant", () => {
  it("has its owner, whose address gets its messages, and limits", () => {
    const databases = { orders: { role: "read", expires: "2027-04-01T00:00:00Z" } };
    expect(accountOf({ owner: JANE })).toEqual({
      kind: "agent",
      user: "bot",
      email: "jane.doe@example.com",
      owner: "jane.doe",
      limits: AGENT_LIMITS,
      databases,
    });
    const own = accountOf({
      owner: JANE,
      email: "bots@example.com",
      limits: { connections: 9, queriesPerHour: 0 },
    });
    const { queriesPerHour: _, ...rest } = AGENT_LIMITS;
    expect(own).toMatchObject({ email: "bots@example.com" });
    expect(own?.limits).toEqual({ ...rest, connections: 9 });
  });

  it("is suspended with its owner", () => {
    expect(accountOf({ owner: { ...JANE, suspended: true } })).toMatchObject({ suspended: true });
    expect(accountOf({ owner: JANE, suspended: true })).toMatchObject({ suspended: true });
    expect(accountOf({ owner: JANE })).not.toHaveProperty("suspended");
  });

  it.each<[string, Partial<User>, string]>([
    ["without an owner", {}, "`owner`: is missing"],
    ["of a service", { owner: { kind: "service", user: "sync" } }, '`owner`: "sync" is no person'],
    ["by password", { owner: JANE, login: "password" }, "`login`: only a service logs in by password"],
    ["renamed", { owner: JANE, formerly: "old" }, "`formerly`"],
    ["with an address that is none", { owner: { ...JANE, email: "x" } }, "is not an e-mail address"],
  ])("%s is refused", (_, user, message) => {
    expect(() => accountOf(user)).toThrow(message);
  });

  it.each<[string, Grants[number], string]>([
    ["that ends", { databases: ["orders"], role: "read" }, "`expires`: a grant of an agent has none"],
    ["that stays with it", { ...READ, grantOption: true }, "`grantOption`: lets an agent hand on access"],
  ])("is given nothing but %s, also with `writes`", (_, grant, message) => {
    for (const writes of [false, true])
      expect(() => accountOf({ owner: JANE, writes }, [grant])).toThrow(message);
  });

  it.each<[string, Grants[number], string]>([
    ["a role", { ...READ, role: "write" }, "INSERT, UPDATE"],
    ["privileges", { ...READ, role: "own", privileges: ["SELECT", "UPDATE"] }, "UPDATE"],
    ["a procedure", { database: "orders", procedures: ["p"], expires: "2027-03-31" }, "EXECUTE"],
    ["a global privilege", { global: ["PROCESS"], expires: "2027-03-31" }, "PROCESS ON *.*"],
    ["a native role", { nativeRoles: ["reporting"], expires: "2027-03-31" }, "ROLE `reporting`"],
  ])("only reads, unless it says `writes: true`: %s", (_, grant, more) => {
    expect(() => accountOf({ owner: JANE }, [grant])).toThrow(
      `give an agent ${more}, and an agent only reads`,
    );
    expect(accountOf({ owner: JANE, writes: true }, [grant])).toMatchObject({ kind: "agent" });
  });

  it("alone has `owner` and `writes`", () => {
    expect(() => accountOf({ kind: "service", owner: JANE })).toThrow("`owner`: only an agent has it");
    expect(() => accountOf({ kind: "service", writes: true })).toThrow("`writes`: only an agent has it");
  });
});
