import { rosterSchema } from "../../../../core/roster/roster";
import { problemLine } from "../../../../core/users";
import { usersOf } from "../../reader/users-of";

const file = (kind: string, login: string, more = "") =>
  `name: N\n${kind}\nlogin: ${login}\n${more}grants:\n  - {cluster: orders, databases: [orders], role: read, expires: 2027-03-31}\n`;
const found = (text: string) =>
  usersOf({ "jane.yaml": "name: Jane\nemail: jane@example.com\ngrants: []\n", "a.yaml": text });

describe("`login`", () => {
  it("of a service is in the roster if it is `password`, and leaves no trace if it is `iam`", () => {
    const { problems, rosters } = found(file("kind: service", "password"));
    expect(problems).toEqual([]);
    expect(rosters["orders"]!.accounts["sl_a"]).toMatchObject({ login: "password" });
    expect(rosterSchema.safeParse(rosters["orders"]).success).toBe(true);
    const iam = found(file("kind: service", "iam"));
    expect(iam.problems).toEqual([]);
    expect(iam.rosters["orders"]!.accounts["sl_a"]).not.toHaveProperty("login");
  });

  it.each([
    [
      "a person",
      file("email: a@example.com", "password"),
      "only a service logs in by password; leave it out, or write `kind: service`",
    ],
    [
      "an agent",
      file("kind: agent", "password", "owner: jane\n"),
      "only a service logs in by password; an agent logs in by IAM token: leave it out",
    ],
  ])("is never `password` for %s", (_, text, problem) => {
    expect(found(text).problems.map(problemLine)).toEqual([`users/a.yaml:3:8 login: ${problem}`]);
  });

  it("is what a policy of passwords is for", () => {
    const policy = "password: {expiresAfterDays: 90}\n";
    const { problems, rosters } = found(file("kind: service", "password", policy));
    expect(problems).toEqual([]);
    expect(rosters["orders"]!.accounts["sl_a"]).toMatchObject({ password: { expiresAfterDays: 90 } });
    expect(found(file("kind: service", "iam", policy)).problems.map(problemLine)).toEqual([
      "users/a.yaml:4:1 password: is for services that log in by password; leave it out, or write `login: password`",
    ]);
    const wrong = found(file("kind: service", "password", "password: {expiresAfterDays: 1001}\n"));
    expect(wrong.problems.map(problemLine)).toEqual([
      "users/a.yaml:4:30 password.expiresAfterDays: must be a whole number from 0 to 1000, but is 1001",
    ]);
  });

  it("has the policy of its file, else the strictest default", () => {
    const settings = (text: string) => `defaults:\n  service: {password: {expiresAfterDays: 90}}\n${text}`;
    const days = (more: string, defaults = settings(""), login = "password") => {
      const files = { "settings.yaml": defaults, "a.yaml": file("kind: service", login, more) };
      const { problems, rosters } = usersOf(files);
      expect(problems).toEqual([]);
      return rosters["orders"]!.accounts["sl_a"]!.password?.expiresAfterDays;
    };
    expect(days("")).toBe(90);
    expect(days("password: {expiresAfterDays: 120}\n")).toBe(120);
    expect(days("password: {expiresAfterDays: 0}\n")).toBeUndefined();
    expect(days("password: {}\n")).toBe(90);
    expect(days("", settings("  roles: {read: {password: {expiresAfterDays: 30}}}\n"))).toBe(30);
    expect(days("", settings("  roles: {read: {password: {expiresAfterDays: 0}}}\n"))).toBe(90);
    expect(days("", settings(""), "iam")).toBeUndefined();
    expect(usersOf({ "settings.yaml": "defaults: {person: {password: {}}}\n" }).problems).toHaveLength(1);
  });

  it("goes with no privilege by which the service could keep a password of its own", () => {
    const grants = "name: N\nkind: service\nlogin: password\ngrants:\n";
    const given = found(`${grants}  - {cluster: orders, global: [APPLICATION_PASSWORD_ADMIN]}\n`);
    expect(given.problems.map(problemLine)).toEqual([
      expect.stringMatching(
        /^users\/a.yaml:5:5 grants\[0\]: gives APPLICATION_PASSWORD_ADMIN to a service that logs in by password/,
      ),
    ]);
    const roster = {
      roles: {},
      accounts: {
        sl_a: {
          kind: "service",
          user: "a",
          login: "password",
          databases: {},
          objects: { "APPLICATION_PASSWORD_ADMIN ON *.*": { role: "APPLICATION_PASSWORD_ADMIN ON *.*" } },
        },
      },
    };
    expect(rosterSchema.safeParse(roster).success).toBe(false);
    const { login: _, ...token } = roster.accounts.sl_a;
    expect(rosterSchema.safeParse({ ...roster, accounts: { sl_a: token } }).success).toBe(true);
  });

  it("has no other value", () => {
    expect(found(file("kind: service", "pasword")).problems.map(problemLine)).toEqual([
      expect.stringMatching(/^users\/a.yaml:3:8 login: .*"password"/),
    ]);
  });
});
