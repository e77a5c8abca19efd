import { sameOptions } from "../../../../core/events/access-lists";
import { personOf } from "../../../../core/events/run-events";
import { impersonal } from "../../../../core/roster/impersonal";
import { rosterSchema } from "../../../../core/roster/roster";
import { termsOf } from "../../../../lambdas/notifier/render/account-texts";
import { rosterOf, withOptions } from "../../../support/observed";
import { usersOf } from "../../reader/users-of";

const READ = "cluster: orders, databases: [a], role: read";
const WRITE = "cluster: orders, databases: [b], role: write";
const user = (said: string, ...grants: string[]) =>
  `name: N\nkind: service\n${said}grants:\n${grants.map(grant => `  - {${grant}}\n`).join("")}`;
const read = (file: string, settings = "{}") => usersOf({ "settings.yaml": `${settings}\n`, "a.yaml": file });
const hostsOf = (file: string, settings?: string) => {
  const { problems, rosters } = read(file, settings);
  expect(problems).toEqual([]);
  return rosters["orders"]!.accounts["sl_a"]!.hosts;
};
const problemsOf = (file: string, settings?: string) =>
  read(file, settings).problems.map(({ file: name, line, path, message, hint }) =>
    [`${name}:${line}`, path, message, hint].join(" | "),
  );

describe("`hosts` in a user's file", () => {
  it("are in the roster as the server keeps them; absent, or `%`, is anywhere", () => {
    expect(hostsOf(user('hosts: ["FE80::1", "10.20.%"]\n', READ))).toEqual(["10.20.%", "fe80::1"]);
    expect(hostsOf(user('hosts: ["%"]\n', READ))).toBeUndefined();
    expect(hostsOf(user("", READ))).toBeUndefined();
  });

  it.each([
    ["hosts: []\n", "is empty | name at least one"],
    ["hosts: 10.%\n", "must be a list, but is text | put it in brackets: [...]"],
    ['hosts: ["10.%", "10.%"]\n', '"10.%" and "10.%" are the same addresses: leave one out'],
  ])("%j is a problem", (said, problem) => {
    expect(problemsOf(user(said, READ))).toEqual([expect.stringContaining(`a.yaml:3 | hosts | ${problem}`)]);
  });

  it("an impossible one is a problem with its place", () => {
    expect(problemsOf(user('hosts:\n  - "10.%"\n  - localhost\n', READ))).toEqual([
      expect.stringContaining(
        'a.yaml:5 | hosts[1] | "localhost" is a host name, and Aurora does not resolve names of clients',
      ),
    ]);
  });

  it("are refused together with a login by password, which the functions try themselves", () => {
    expect(problemsOf(user('login: password\nhosts: ["10.%"]\n', READ))).toEqual([
      expect.stringContaining("a.yaml:4 | hosts | a service that logs in by password does so from anywhere"),
    ]);
    expect(hostsOf(user('login: password\nhosts: ["%"]\n', READ))).toBeUndefined();
    const roster = withOptions(rosterOf({ sl_a: { orders: "read" } }), "sl_a", { hosts: ["10.%"] });
    expect(rosterSchema.safeParse(roster).success).toBe(true);
    const byPassword = { ...roster.accounts["sl_a"]!, kind: "service", login: "password" };
    expect(rosterSchema.safeParse({ ...roster, accounts: { sl_a: byPassword } }).success).toBe(false);
  });
});

describe("default hosts in settings.yaml", () => {
  const SERVICE = 'service: {hosts: ["10.%"]}';
  const ROLE = (hosts: string) => `roles: {read: {hosts: [${hosts}]}}`;
  const defaults = (...some: string[]) => `defaults: {${some.join(", ")}}`;

  it("are those of the kind, of roles and of projects, where all with hosts say the same", () => {
    expect(hostsOf(user("", READ), defaults(SERVICE))).toEqual(["10.%"]);
    expect(hostsOf(user("", READ), defaults(ROLE('"10.%"'), SERVICE))).toEqual(["10.%"]);
    expect(hostsOf(user("", READ), defaults(ROLE('"%"'), SERVICE))).toEqual(["10.%"]);
    expect(hostsOf(user("", WRITE), defaults(ROLE('"10.%"')))).toBeUndefined();
  });

  it("count for nothing where the user's file has hosts", () => {
    expect(hostsOf(user('hosts: ["%"]\n', READ), defaults(SERVICE))).toBeUndefined();
    expect(hostsOf(user('hosts: ["::1"]\n', READ), defaults(ROLE('"127.%"'), SERVICE))).toEqual(["::1"]);
  });

  it("are a problem where they differ, or where the user logs in by password", () => {
    expect(problemsOf(user("", READ), defaults(ROLE('"127.%"'), SERVICE))).toEqual([
      expect.stringContaining(
        'a.yaml:4 | grants[0] | settings.yaml has different hosts for this user on "orders": 10.%; 127.%',
      ),
    ]);
    expect(problemsOf(user("login: password\n", READ), defaults(SERVICE))).toEqual([
      expect.stringContaining("settings.yaml gives hosts (10.%) to a login by password"),
    ]);
    expect(problemsOf(user("", READ), defaults('service: {hosts: ["%.example.com"]}'))).toEqual([
      expect.stringContaining("settings.yaml:1 | defaults.service.hosts[0] | "),
    ]);
  });
});

describe("hosts in messages", () => {
  const anywhere = rosterOf({ sl_a: { orders: "read" } });
  const fromTen = withOptions(anywhere, "sl_a", { hosts: ["10.%", "::1"] });

  it("are in events, and a change of them is one", () => {
    expect(personOf("sl_a", anywhere)).not.toHaveProperty("hosts");
    expect(personOf("sl_a", fromTen).hosts).toEqual(["10.%", "::1"]);
    expect([sameOptions("sl_a", anywhere, fromTen), sameOptions("sl_a", fromTen, fromTen)]).toEqual([
      ...[false, true],
    ]);
    expect(termsOf({ hosts: ["10.%", "::1"] })).toEqual(["a client address of 10.% or ::1"]);
    expect(impersonal(fromTen).accounts["sl_a"]!.hosts).toEqual(["10.%", "::1"]);
  });
});
