import { problemLine } from "../../../../core/users";
import { usersOf } from "../../reader/users-of";

const person = (email: string, ...lines: string[]) =>
  `name: Somebody\nemail: ${email}\n${lines.map(line => `${line}\n`).join("")}grants: []\n`;
const service = (...lines: string[]) =>
  `name: Something\nkind: service\n${lines.map(line => `${line}\n`).join("")}grants: []\n`;
const TAG = "choose an `account:` of letters, digits, spaces and `_.:/=+-@`, and let the tag hold that";
const CASE = "write both as the identity provider does, or the session tag names another account";
const noTag = (account: string) =>
  `no session tag can hold "${account}", so no login by the tag reaches this account; ${TAG}`;
const twice = (account: string, prefix: string) =>
  `the account is "${account}": it has the prefix twice; write it without \`${prefix}\``;

const cases: [what: string, files: Record<string, string>, warnings: string[]][] = [
  [
    "one e-mail address in two files",
    { "a.yaml": person("x@example.com"), "b.yaml": person("x@example.com") },
    [
      'b.yaml:2:8 email: "x@example.com" is also the address in users/a.yaml:2; one person has one file; each gets the messages of both',
    ],
  ],
  [
    "one e-mail address in three files, in other cases",
    {
      "a.yaml": person("x@example.com"),
      "b.yaml": person("X@example.com"),
      "c.yaml": person("x@EXAMPLE.com"),
    },
    [
      'b.yaml:2:8 email: "X@example.com" is also the address in users/a.yaml:2; one person has one file; each gets the messages of both',
      'c.yaml:2:8 email: "x@EXAMPLE.com" is also the address in users/a.yaml:2; one person has one file; each gets the messages of both',
    ],
  ],
  [
    "the address of a person for a service",
    { "a.yaml": person("x@example.com"), "b.yaml": service("email: x@example.com") },
    [],
  ],
  [
    "the prefix in an account",
    { "a.yaml": person("x@example.com", "account: sl_jane") },
    [`a.yaml:3:10 account: ${twice("sl_sl_jane", "sl_")}`],
  ],
  [
    "the prefix in a file's name",
    { "sl_jane.yaml": person("x@example.com") },
    [`sl_jane.yaml:1:1: ${twice("sl_sl_jane", "sl_")}`],
  ],
  [
    "the prefix of the settings, in capitals",
    { "settings.yaml": "prefix: db\n", "a.yaml": service("username: DB_sync") },
    [`a.yaml:3:11 username: ${twice("db_DB_sync", "db_")}`],
  ],
  [
    "a name that only begins like the prefix",
    { "slack.yaml": service(), "a.yaml": service("account: sl") },
    [],
  ],
  ["an apostrophe", { "o'brien.yaml": person("x@example.com") }, [`o'brien.yaml:1:1: ${noTag("o'brien")}`]],
  [
    "a comma in the user name",
    { "a.yaml": person("x@example.com", 'username: "brien, o"') },
    [`a.yaml:3:11 username: ${noTag("brien, o")}`],
  ],
  [
    "a backslash of a domain",
    { "a.yaml": person("x@example.com", "account: corp\\jane") },
    [`a.yaml:3:10 account: ${noTag("corp\\jane")}`],
  ],
  [
    "an apostrophe with an account that a tag can hold",
    { "o'brien.yaml": person("x@example.com", "account: obrien") },
    [],
  ],
  [
    "letters beyond ASCII, spaces and all marks that a tag can hold",
    { "a.yaml": person("x@example.com", 'account: "Zo\u00eb o_.:/=+-@1"') },
    [],
  ],
  ["an apostrophe for a service, which has no tag", { "o'brien.yaml": service() }, []],
  [
    "an account in another case than the user name",
    { "a.yaml": person("x@example.com", "username: Jane.Doe", "account: jane.doe") },
    [
      `a.yaml:4:10 account: the user name has "Jane.Doe", and the account "jane.doe": a login compares upper and lower case; ${CASE}`,
    ],
  ],
  [
    "a file in another case than the e-mail address",
    { "jane.doe.yaml": person("Jane.Doe@example.com") },
    [
      `jane.doe.yaml:2:8 email: the e-mail address has "Jane.Doe", and the account "jane.doe": a login compares upper and lower case; ${CASE}`,
    ],
  ],
  [
    "a whole address in another case",
    { "a.yaml": person("Jane@example.com", "account: jane@example.com") },
    [
      `a.yaml:2:8 email: the e-mail address has "Jane@example.com", and the account "jane@example.com": a login compares upper and lower case; ${CASE}`,
    ],
  ],
  [
    "two accounts that differ in case only",
    {
      "a.yaml": person("x@example.com", "account: jane"),
      "b.yaml": person("y@example.com", "account: Jane"),
    },
    [
      'b.yaml:3:10 account: the account "Jane" and "jane", users/a.yaml:3, differ in case only; identity providers compare names without case; name another with `account:`',
    ],
  ],
];

describe("warnings of users files", () => {
  it.each(cases)("%s", (_what, files, warnings) => {
    const found = usersOf(files);
    expect(found.problems).toEqual([]);
    expect(found.warnings.map(problemLine)).toEqual(warnings.map(warning => `users/${warning}`));
  });

  it("never come on top of a problem of the same account", () => {
    const found = usersOf({ "a.yaml": person("x@example.com", 'account: "*\'"') });
    expect(found.problems).toHaveLength(1);
    expect(found.warnings).toEqual([]);
  });
});

describe("a file that nearly has the name of another", () => {
  const role = "grants:\n  - {cluster: orders, databases: [a], role: reader}\n";
  const user = `name: Jane\nemail: j@example.com\n${role}`;
  it.each([
    ["setting.yaml", "prefix: ab\n", "settings.yaml"],
    ["Settings.yaml", "emailDomains: [example.org]\n", "settings.yaml"],
    ["role.yaml", "reader: {privileges: [SELECT]}\n", "roles.yaml"],
    ["Roles.yaml", "reader: {privileges: [SELECT]}\n", "roles.yaml"],
    ["project.yaml", "shop: {}\n", "projects.yaml"],
    ["setings.yaml", "", "settings.yaml"],
  ])("%s is one problem", (name, text, meant) => {
    const roles = meant === "roles.yaml" ? {} : { "roles.yaml": "reader: {privileges: [SELECT]}\n" };
    const found = usersOf({ ...roles, [name]: text, "jane.yaml": user });
    expect(found.problems.map(problemLine)).toEqual([
      `users/${name}:1:1: "${name}" is read as the file of a user, and holds none; did you mean "${meant}"?`,
    ]);
  });

  it.each(["role.yaml", "setting.yaml", "project.yaml"])("%s with a user in it is a user's", name => {
    const found = usersOf({ "roles.yaml": "reader: {privileges: [SELECT]}\n", [name]: user });
    expect(found.problems).toEqual([]);
    expect(found.users).toHaveLength(1);
  });
});
