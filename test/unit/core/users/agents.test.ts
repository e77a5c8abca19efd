import { rosterSchema } from "../../../../core/roster/roster";
import { problemLine } from "../../../../core/users";
import { AGENT_LIMITS } from "../../../../core/users/agents";
import type { UserFile } from "../../../../core/users/user-file-schema";
import { usersOf } from "../../reader/users-of";

const OWNER = "name: Jane Doe\nemail: jane.doe@example.com\ngrants: []\n";
const READ = "cluster: orders, databases: [orders], role: read, expires: 2027-03-31";
const agent = (said: string, ...grants: string[]) =>
  `name: Report agent\nkind: agent\n${said}grants:\n${grants.map(grant => `  - {${grant}}\n`).join("")}`;

const found = (file: string, more: Readonly<Record<string, string>> = {}) =>
  usersOf({ "jane.doe.yaml": OWNER, "bot.yaml": file, ...more });
const problems = (file: string, more: Readonly<Record<string, string>> = {}) =>
  found(file, more).problems.map(problemLine);
const account = (file: string, more: Readonly<Record<string, string>> = {}) => {
  const { problems, rosters } = found(file, more);
  expect(problems).toEqual([]);
  expect(rosterSchema.safeParse(rosters["orders"]).success).toBe(true);
  return rosters["orders"]!.accounts["sl_bot"]!;
};
const OWNED = "owner: jane.doe\n";

describe("an agent", () => {
  it("is in the roster with its owner, whose address gets its messages", () => {
    expect(account(agent(OWNED, READ))).toEqual({
      kind: "agent",
      user: "bot",
      name: "Report agent",
      email: "jane.doe@example.com",
      owner: "jane.doe",
      limits: AGENT_LIMITS,
      databases: { orders: { role: "read", expires: "2027-04-01T00:00:00Z" } },
    });
    expect(account(agent(`${OWNED}email: bots@example.com\n`, READ)).email).toBe("bots@example.com");
  });

  it("needs an owner, who is a person with a file", () => {
    const service = "name: Sync\nkind: service\ngrants: []\n";
    expect(problems(agent("", READ))).toEqual([
      "users/bot.yaml:1:1 owner: is missing; name the person who answers for the agent, by user name",
    ]);
    expect(problems(agent("owner: jane.do\n", READ))).toEqual([
      'users/bot.yaml:3:8 owner: unknown user "jane.do"; did you mean "jane.doe"?',
    ]);
    expect(problems(agent("owner: sync\n", READ), { "sync.yaml": service })).toEqual([
      'users/bot.yaml:3:8 owner: "sync" is a service, and an agent\'s owner is a person',
    ]);
    expect(problems(agent("owner: bot\n", READ))).toEqual([
      'users/bot.yaml:3:8 owner: "bot" is an agent, and an agent\'s owner is a person',
    ]);
  });

  it("needs an end of each grant", () => {
    const open = "cluster: orders, database: orders, tables: [t], privileges: [SELECT]";
    expect(problems(agent(OWNED, READ, open, "cluster: payments, databases: [p], role: read"))).toEqual([
      "users/bot.yaml:6:5 grants[1]: has no `expires`; what an agent is given ends: write the date",
      "users/bot.yaml:7:5 grants[2]: has no `expires`; what an agent is given ends: write the date",
    ]);
  });

  it.each([
    ["a role", "databases: [orders], role: write", "INSERT, UPDATE"],
    ["privileges", "database: orders, tables: [t], privileges: [SELECT, DELETE]", "DELETE"],
    ["procedures", "database: orders, procedures: [p]", "EXECUTE"],
  ])("is given nothing but reading unless its file says `writes: true`: %s", (_, on, more) => {
    const grant = `cluster: orders, ${on}, expires: 2027-03-31`;
    expect(problems(agent(OWNED, grant))).toEqual([
      `users/bot.yaml:5:5 grants[0]: gives an agent ${more}, and an agent only reads; give it a role that reads, or write \`writes: true\` in the file, next to \`kind\``,
    ]);
    expect(problems(agent(`${OWNED}writes: false\n`, grant))).toHaveLength(1);
    expect(problems(agent(`${OWNED}writes: true\n`, grant))).toEqual([]);
  });

  it.each([
    ["a global privilege", "global: [PROCESS]", "PROCESS ON \\*\\.\\*"],
    ["a privilege that hands on logins", "global: [CONNECTION_ADMIN]", "CONNECTION_ADMIN ON \\*\\.\\*"],
    ["a native role", "nativeRoles: [AWS_LAMBDA_ACCESS]", "ROLE `AWS_LAMBDA_ACCESS`"],
    ["a role of the company", "nativeRoles: [app_writer]", "ROLE `app_writer`"],
  ])("is given nothing of the whole server unless its file says `writes: true`: %s", (_, on, what) => {
    const grant = `cluster: orders, ${on}, expires: 2027-03-31`;
    expect(problems(agent(OWNED, grant))).toEqual([
      expect.stringMatching(
        `^users/bot.yaml:5:5 grants\\[0\\]: gives an agent ${what}, and an agent only reads`,
      ),
    ]);
    expect(problems(agent(`${OWNED}writes: true\n`, grant))).toEqual([]);
  });

  it.each([
    ["on databases", "databases: [orders], role: read"],
    ["on a table", "database: orders, tables: [t], privileges: [SELECT]"],
    ["by a pattern", "pattern: tenant_%, role: read"],
  ])("never hands on what it has: %s", (_, on) => {
    const grant = `cluster: orders, ${on}, grantOption: true, expires: 2027-03-31`;
    for (const said of [OWNED, `${OWNED}writes: true\n`])
      expect(problems(agent(said, grant))).toEqual([
        expect.stringMatching(
          /^users\/bot.yaml:\d:5 grants\[0\]: lets an agent hand on access; leave `grantOption` out: .*/,
        ),
      ]);
  });

  it("may read by SELECT and SHOW VIEW", () => {
    const views =
      "cluster: orders, database: orders, tables: [t], privileges: [SELECT, SHOW VIEW], expires: 2027-03-31";
    expect(problems(agent(OWNED, views))).toEqual([]);
  });

  it("has limits, which its file and settings.yaml replace one by one", () => {
    const settings = (text: string) => ({ "settings.yaml": `defaults: ${text}\n` });
    expect(account(agent(`${OWNED}limits: {connections: 50}\n`, READ)).limits).toEqual({
      ...AGENT_LIMITS,
      connections: 50,
    });
    const own = settings("{agent: {limits: {connections: 9, queriesPerHour: 0}, tls: x509}}");
    const { queriesPerHour: _, ...rest } = AGENT_LIMITS;
    expect(account(agent(OWNED, READ), own)).toMatchObject({
      limits: { ...rest, connections: 9 },
      tls: "x509",
    });
    expect(account(agent(OWNED, READ), own).limits).not.toHaveProperty("queriesPerHour");
    const role = settings("{roles: {read: {limits: {connections: 2}}}}");
    expect(account(agent(OWNED, READ), role).limits).toMatchObject({ connections: 2 });
    expect(account(agent(OWNED, READ), settings("{service: {limits: {connections: 1}}}")).limits).toEqual(
      AGENT_LIMITS,
    );
  });

  it("is suspended with its owner", () => {
    const jane = { "jane.doe.yaml": `suspended: true\n${OWNER}` };
    expect(account(agent(OWNED, READ), jane)).toMatchObject({ suspended: true });
    expect(account(agent(OWNED, READ))).not.toHaveProperty("suspended");
  });

  it("alone has `owner` and `writes`", () => {
    expect(problems("name: N\nkind: service\nowner: jane.doe\nwrites: true\ngrants: []\n")).toEqual([
      "users/bot.yaml:3:1 owner: only an agent has `owner`; leave it out, or write `kind: agent`",
      "users/bot.yaml:4:1 writes: only an agent has `writes`; leave it out, or write `kind: agent`",
    ]);
  });

  it("needs no e-mail address", () => {
    const file: UserFile = { name: "Bot", kind: "agent", owner: "jane.doe", grants: [] };
    expect(problems(JSON.stringify(file))).toEqual([]);
  });
});
