import { rosterSchema } from "../../../../core/roster/roster";
import { problemLine } from "../../../../core/users";
import { usersOf } from "../../reader/users-of";

const file = (kind: string, more = "") =>
  `name: N\n${kind}\nlogin: existing\n${more}grants:\n  - {cluster: orders, databases: [orders], role: read, expires: 2027-03-31}\n`;
const jane = "name: Jane\nemail: jane@example.com\ngrants: []\n";
const settings = `defaults:
  service: {tls: x509, limits: {connections: 1}, hosts: ["10.%"]}
  roles: {read: {hosts: ["192.168.%"]}}
`;
const found = (text: string, more: Record<string, string> = {}) =>
  usersOf({ "jane.yaml": jane, "a.yaml": text, ...more });
const account = (...asked: Parameters<typeof found>) => {
  const { problems, rosters } = found(...asked);
  expect(problems).toEqual([]);
  expect(rosterSchema.safeParse(rosters["orders"]).success).toBe(true);
  return rosters["orders"]!.accounts["sl_a"]!;
};

describe("`login: existing`", () => {
  it("is in the roster, of a service and of a person, which is a warning", () => {
    expect(account(file("kind: service"))).toMatchObject({ login: "existing" });
    expect(found(file("kind: service")).warnings).toEqual([]);
    const { warnings } = found(file("email: a@example.com"));
    expect(account(file("email: a@example.com"))).toMatchObject({ login: "existing", kind: "person" });
    expect(warnings.map(problemLine)).toEqual([
      expect.stringMatching(/^users\/a.yaml:3:8 login: the person logs in by a password of their own/),
    ]);
  });

  it("is not for an agent", () => {
    expect(found(file("kind: agent", "owner: jane\n")).problems.map(problemLine)).toEqual([
      expect.stringMatching(/^users\/a.yaml:3:8 login: an agent logs in by IAM token; leave it out/),
    ]);
  });

  it("has the limits, the TLS requirement and the hosts of its own file, and no defaults", () => {
    const { hosts, limits, tls } = account(file("kind: service"), { "settings.yaml": settings });
    expect([hosts, limits, tls]).toEqual([undefined, undefined, undefined]);
    const own = "limits: {connections: 0}\ntls: ssl\nhosts: [127.%]\n";
    expect(account(file("kind: service", own), { "settings.yaml": settings })).toMatchObject({
      hosts: ["127.%"],
      limits: { connections: 0 },
      tls: "ssl",
    });
  });
});
