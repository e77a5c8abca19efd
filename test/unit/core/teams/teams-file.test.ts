import { grantsOf, rosterSchema } from "../../../../core/roster/roster";
import { problemLine } from "../../../../core/users";
import { usersOf } from "../../reader/users-of";

const person = (name: string, grants = "[]") =>
  `name: ${name}\nemail: ${name}@example.com\ngrants: ${grants}\n`;
const OWN = "[{cluster: orders, databases: [orders], role: read, expires: 2027-01-31, reason: INC-1}]";
const team = (
  members: string,
  grants = "[{cluster: orders, databases: [orders], role: write, reason: INC-2}]",
) => `  owner: {name: T Z, email: t@example.com}\n  members: ${members}\n  grants: ${grants}\n`;
const files = {
  "jane.yaml": person("jane", OWN),
  "john.yaml": person("john"),
  "sync.yaml": "name: Sync\nkind: service\ngrants: []\n",
  "bot.yaml": "name: Bot\nkind: agent\nowner: jane\ngrants: []\n",
};
const lines = (texts: Record<string, string>, clusters?: Parameters<typeof usersOf>[1]) =>
  usersOf({ ...files, ...texts }, clusters).problems.map(problemLine);

describe("teams.yaml", () => {
  test("gives its members what it grants, in addition to their own grants, and names the team", () => {
    const { problems, rosters, teams } = usersOf({
      ...files,
      "teams.yaml": `pay:\n  group: Payments developers\n${team("[john, jane]")}`,
    });
    expect(problems).toEqual([]);
    expect(teams).toEqual([
      {
        name: "pay",
        owner: { name: "T Z", email: "t@example.com" },
        group: "Payments developers",
        members: ["john", "jane"],
      },
    ]);
    const own = { role: "read", expires: "2027-02-01T00:00:00Z", reason: "INC-1" };
    const ofTeam = { role: "write", reason: "INC-2", team: "pay" };
    const { orders } = rosters;
    expect(rosterSchema.parse(orders)).toEqual(orders);
    expect(orders!.accounts["sl_jane"]!.databases).toEqual({ orders: { ...own, also: [ofTeam] } });
    expect(orders!.accounts["sl_john"]!.databases).toEqual({ orders: ofTeam });
    expect(orders!.teams).toEqual({ pay: { owner: { name: "T Z", email: "t@example.com" } } });
    expect(grantsOf(orders!.accounts["sl_jane"]!).map(({ grant }) => grant)).toEqual([own, ofTeam]);
  });

  test("changes no roster of a folder without teams", () => {
    const { rosters } = usersOf(files);
    expect(JSON.stringify(rosters["orders"])).toBe(
      JSON.stringify({
        roles: { read: ["SELECT"] },
        accounts: {
          sl_jane: {
            kind: "person",
            user: "jane",
            name: "jane",
            email: "jane@example.com",
            databases: { orders: { role: "read", expires: "2027-02-01T00:00:00Z", reason: "INC-1" } },
          },
        },
      }),
    );
    expect(usersOf({ ...files, "teams.yaml": `pay:\n${team("[]")}` }).rosters["orders"]).toEqual(
      rosters["orders"],
    );
  });

  test("adds up several teams in the order of their names, also on tables, columns and the whole server", () => {
    const grants =
      "[{cluster: orders, database: orders, columns: {t: [a, b]}, privileges: [SELECT]}, {cluster: orders, global: [PROCESS]}]";
    const other =
      "[{cluster: orders, database: orders, columns: {t: [b, c]}, privileges: [SELECT]}, {cluster: orders, global: [PROCESS]}]";
    const { problems, rosters } = usersOf({
      ...files,
      "teams.yaml": `zeta:\n${team("[john]", grants)}alpha:\n${team("[john]", other)}`,
    });
    expect(problems).toEqual([]);
    expect(rosterSchema.safeParse(rosters["orders"]).success).toBe(true);
    expect(rosters["orders"]!.accounts["sl_john"]!.objects).toEqual({
      "PROCESS ON *.*": {
        role: "PROCESS ON *.*",
        team: "alpha",
        also: [{ role: "PROCESS ON *.*", team: "zeta" }],
      },
      "`orders`.`t` (`a`, `b`)": { role: "SELECT", privileges: ["SELECT"], team: "zeta" },
      "`orders`.`t` (`b`, `c`)": { role: "SELECT", privileges: ["SELECT"], team: "alpha" },
    });
  });

  test("reports members who are no persons of the folder, each with file, line and field", () => {
    expect(lines({ "teams.yaml": `pay:\n${team("[jnae, sync, bot, jane, jane]")}` })).toEqual([
      'users/teams.yaml:3:13 pay.members[0]: unknown user "jnae"; did you mean "jane"?',
      'users/teams.yaml:3:19 pay.members[1]: "sync" is a service, and a team has people only; a program has what its own file grants: take it out here, and write the grant there',
      'users/teams.yaml:3:25 pay.members[2]: "bot" is an agent, and a team has people only; a program has what its own file grants: take it out here, and write the grant there',
      'users/teams.yaml:3:36 pay.members[4]: "jane" is already in this list, at users/teams.yaml:3; leave one out',
    ]);
  });

  test("reports what is wrong with owner, grants and names as the other files do", () => {
    const text = `pay:
  owner: {name: T Z, email: nobody}
  membres: [jane]
  grants: [{cluster: ordres, databases: [orders], role: raed}]
`;
    expect(lines({ "teams.yaml": text }, { orders: {} })).toEqual([
      'users/teams.yaml:2:29 pay.owner.email: "nobody" is not an e-mail address; write it like name@example.com',
      'users/teams.yaml:3:3 pay.membres: unknown key "membres"; did you mean "members"?',
      'users/teams.yaml:4:22 pay.grants[0].cluster: unknown cluster "ordres"; did you mean "orders"?',
      'users/teams.yaml:4:57 pay.grants[0].role: unknown role "raed"; did you mean "read"?',
    ]);
    expect(lines({ "team.yaml": `pay:\n${team("[jane]")}` })).toEqual([
      'users/team.yaml:1:1: "team.yaml" is read as the file of a user, and holds none; did you mean "teams.yaml"?',
    ]);
  });

  test("reports two grants of one team on one database, and names that do not add up with a member's own", () => {
    const twice =
      "[{cluster: orders, databases: [a], role: read}, {cluster: orders, databases: [a], role: write}]";
    expect(lines({ "teams.yaml": `pay:\n${team("[jane]", twice)}` })).toEqual([
      'users/teams.yaml:4:59 pay.grants[1]: grants "a" on "orders", and users/teams.yaml:4 grants the same database with other terms; leave one of the two out: an account has one role on a database',
    ]);
    const other = "[{cluster: orders, databases: [Orders], role: read}]";
    const pattern = "[{cluster: orders, pattern: ord%, role: read}]";
    expect(
      lines({ "teams.yaml": `a:\n${team("[jane]", other)}b:\n${team("[jane, john]", pattern)}` }),
    ).toEqual([
      'users/teams.yaml:3:13 a.members[0]: "Orders" on "orders", users/teams.yaml:4, and "orders", users/jane.yaml:3, can be one database and do not add up; write the name in the same way in both',
      'users/teams.yaml:7:13 b.members[0]: "ord%" on "orders", users/teams.yaml:8, and "orders", users/jane.yaml:3, can be one database and do not add up; MySQL applies one of them: change the pattern, or leave one of the two out',
    ]);
  });

  test("reports what a ceiling forbids once, at the team's grant", () => {
    const clusters = { orders: { ceiling: { privileges: ["SELECT"] as const } } };
    expect(lines({ "teams.yaml": `pay:\n${team("[jane, john]")}` }, clusters)).toEqual([
      'users/teams.yaml:4:12 pay.grants[0]: the role "write" on "orders" of "orders": asks for INSERT, UPDATE, which the cluster\'s ceiling does not allow; ask for less, or let the ceiling of the cluster allow it (the `ceiling` of its construct)',
    ]);
  });

  test("shows exactly the losses of a member who leaves", () => {
    const of = (members: string) =>
      usersOf({ ...files, "teams.yaml": `pay:\n${team(members)}` }).rosters["orders"]!.accounts;
    const [before, after] = [of("[jane, john]"), of("[john]")];
    expect(after["sl_john"]).toEqual(before["sl_john"]);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    const lost = grantsOf(before["sl_jane"]!).filter(
      ({ grant }) =>
        !grantsOf(after["sl_jane"]!).some(one => JSON.stringify(one.grant) === JSON.stringify(grant)),
    );
    expect(lost).toEqual([{ database: "orders", grant: { role: "write", reason: "INC-2", team: "pay" } }]);
  });

  test("suspends a suspended member, renames a renamed one, and drops what a team gave that is gone", () => {
    const all = (jane: string, teams: string) => {
      const { "bot.yaml": _, ...others } = files;
      return usersOf({ ...others, "jane.yaml": jane, "teams.yaml": teams });
    };
    const of = (jane: string, teams: string) => all(jane, teams).rosters["orders"]!.accounts;
    const pay = `pay:\n${team("[jane]")}`;
    const suspended = of(`${person("jane")}suspended: true\n`, pay);
    expect(suspended["sl_jane"]).toMatchObject({ suspended: true, databases: { orders: { team: "pay" } } });
    const renamed = `${person("jane")}username: jane.roe\nformerly: jane\n`;
    expect(of(renamed, pay.replace("[jane]", "[jane.roe]"))["sl_jane.roe"]).toMatchObject({
      formerly: "sl_jane",
      databases: { orders: { team: "pay" } },
    });
    expect(all(renamed, pay).problems.map(problemLine)).toEqual([
      expect.stringMatching(/^users\/teams\.yaml:3:13 pay\.members\[0\]: unknown user "jane"/),
    ]);
    expect(all(person("jane"), "{}\n").rosters).toEqual({});
  });
});
