import { problemLine } from "../../../core/users";
import { usersOf } from "./users-of";

const head = "name: Jane Doe\nemail: jane.doe@example.com\n";
const grant = (...lines: string[]) => `${head}grants:\n  - ${lines.join("\n    ")}\n`;
const onOrders = (...lines: string[]) => grant("cluster: orders", "databases: [orders]", ...lines);
const clusters = {
  orders: { ceiling: { privileges: ["SELECT", "INSERT", "UPDATE", "DELETE"] as const } },
  payments: {},
};
const projects = `shop:
  owner: {name: Priya Nair, email: priya.nair@example.com}
  environments:
    prod:
      cluster: orders
      databases: [orders]
`;
const EXPIRY =
  "write a date (`2027-03-31`, the end of that day UTC) or a timestamp with its zone (`2027-03-31T18:00:00+02:00`)";

interface Case {
  title: string;
  files: Record<string, string>;
  problems: string[];
}
const jane = (title: string, text: string, ...problems: string[]): Case => ({
  title,
  files: { "jane.doe.yaml": text },
  problems,
});
const withFile = (title: string, name: string, text: string, ...problems: string[]): Case => ({
  title,
  files: { [name]: text, "jane.doe.yaml": `${head}grants: []\n` },
  problems,
});

const cases: Case[] = [
  jane(
    "an unknown role",
    onOrders("role: raed"),
    'users/jane.doe.yaml:6:11 grants[0].role: unknown role "raed"; did you mean "read"?',
  ),
  jane(
    "an unknown role that is near none",
    onOrders("role: superuser"),
    'users/jane.doe.yaml:6:11 grants[0].role: unknown role "superuser"; there are: read, write, read_write, admin, trusted_admin',
  ),
  jane(
    "a role named like a member of every object",
    onOrders("role: constructor"),
    'users/jane.doe.yaml:6:11 grants[0].role: unknown role "constructor"; there are: read, write, read_write, admin, trusted_admin',
  ),
  jane(
    "an unknown cluster",
    grant("cluster: ordesr", "databases: [orders]", "role: read"),
    'users/jane.doe.yaml:4:14 grants[0].cluster: unknown cluster "ordesr"; did you mean "orders"?',
  ),
  {
    title: "an unknown project and an unknown environment",
    files: {
      "projects.yaml": projects,
      "jane.doe.yaml": `${head}grants:\n  - {project: shpo, environment: prod, role: read}\n  - {project: shop, environment: prd, role: read}\n`,
    },
    problems: [
      'users/jane.doe.yaml:4:15 grants[0].project: unknown project "shpo"; did you mean "shop"?',
      'users/jane.doe.yaml:5:34 grants[1].environment: the project "shop" has no environment "prd"; did you mean "prod"?',
    ],
  },
  {
    title: "an environment of a project that has none",
    files: {
      "projects.yaml": "shop:\n  owner: {name: Joe, email: joe@example.com}\n  environments: {}\n",
      "jane.doe.yaml": `${head}grants:\n  - {project: shop, environment: prod, role: read}\n`,
    },
    problems: [
      'users/jane.doe.yaml:4:34 grants[0].environment: the project "shop" has no environment "prod"; add it under `environments` in projects.yaml',
    ],
  },
  {
    title: "environments that cannot be read, once: in projects.yaml",
    files: {
      "projects.yaml": "shop:\n  owner: {name: Joe, email: joe@example.com}\n  environments: []\n",
      "jane.doe.yaml": `${head}grants:\n  - {project: shop, environment: prod, role: read}\n`,
    },
    problems: ["users/projects.yaml:3:17 shop.environments: must be a map, but is a list"],
  },
  {
    title: "a projects.yaml that is no map, once",
    files: {
      "projects.yaml": "- shop\n",
      "jane.doe.yaml": `${head}grants:\n  - {project: shop, environment: prod, role: read}\n`,
    },
    problems: ["users/projects.yaml:1:1: must be a map, but is a list"],
  },
  jane(
    "a project where there is no projects.yaml",
    grant("project: shop", "environment: prod", "role: read"),
    'users/jane.doe.yaml:4:14 grants[0].project: unknown project "shop"; projects.yaml names no project: add it there, or write `cluster` and `databases`',
  ),
  jane(
    "a slip in a key, without also calling the key missing",
    grant("cluster: orders", "database: [orders]", "role: read"),
    'users/jane.doe.yaml:5:5 grants[0].database: unknown key "database"; did you mean "databases"?',
  ),
  jane(
    "a key that is near none",
    `${head}grants: []\nteam: shop\n`,
    'users/jane.doe.yaml:4:1 team: unknown key "team"; there are: name, email, username, account, formerly, kind, owner, writes, suspended, login, password, limits, tls, hosts, grants',
  ),
  jane(
    "a grant by cluster and by project at once",
    grant("cluster: orders", "project: shop", "environment: prod", "role: read"),
    "users/jane.doe.yaml:4:5 grants[0].cluster: `cluster` cannot be combined with `project`; a grant names either a cluster and databases, or a project and environment",
  ),
  jane(
    "missing fields",
    "grants:\n  - cluster: orders\n",
    "users/jane.doe.yaml:1:1 email: is missing; a person needs an e-mail address; a service says `kind: service`",
    "users/jane.doe.yaml:1:1 name: is missing; write `name`: the full name of the person, or a description of the service",
    "users/jane.doe.yaml:2:5 grants[0].databases: is missing; write `databases`: the databases that the role is granted on",
    "users/jane.doe.yaml:2:5 grants[0].role: is missing; write `role`: a role of roles.yaml",
  ),
  jane(
    "wrong types",
    "name: 42\nemail: true\nkind: persn\ngrants:\n  - cluster: orders\n    databases: orders\n    role:\n  - read\n",
    "users/jane.doe.yaml:1:7 name: must be text, but is the number 42; put it in quotes",
    "users/jane.doe.yaml:2:8 email: must be text, but is the boolean true; put it in quotes",
    'users/jane.doe.yaml:3:7 kind: must be one of person, service, agent, but is "persn"; did you mean "person"?',
    "users/jane.doe.yaml:6:16 grants[0].databases: must be a list, but is text; put it in brackets: [...]",
    "users/jane.doe.yaml:7:10 grants[0].role: must be text, but is empty; write `role`: a role of roles.yaml",
    "users/jane.doe.yaml:8:5 grants[1]: must be a map, but is text",
  ),
  jane(
    "`suspended` that is neither true nor false",
    `${head}suspended: yes\ngrants: []\n`,
    "users/jane.doe.yaml:3:12 suspended: must be true or false, but is text; write true or false",
  ),
  jane(
    "`suspended` without a value",
    `${head}suspended:\ngrants: []\n`,
    "users/jane.doe.yaml:3:11 suspended: must be true or false, but is empty; leave `suspended` out, or write whether the account is locked",
  ),
  jane(
    "limits that MySQL would not keep",
    `${head}limits:\n  connections: 4294967296\n  queriesPerHour: -1\n  updatesPerHour: 1.5\n  connectionsPerHour: "5"\n  connection: 5\ngrants: []\n`,
    "users/jane.doe.yaml:4:16 limits.connections: must be a whole number from 0 to 4294967295, but is 4294967296",
    "users/jane.doe.yaml:5:19 limits.queriesPerHour: must be a whole number from 0 to 4294967295, but is -1",
    "users/jane.doe.yaml:6:19 limits.updatesPerHour: must be a whole number, but is the number 1.5",
    "users/jane.doe.yaml:7:23 limits.connectionsPerHour: must be a whole number, but is text; write it without quotes",
    'users/jane.doe.yaml:8:3 limits.connection: unknown key "connection"; did you mean "connections"?',
  ),
  jane(
    "limits that are no map",
    `${head}limits: 5\ngrants: []\n`,
    "users/jane.doe.yaml:3:9 limits: must be a map, but is the number 5",
  ),
  jane(
    "a TLS requirement that there is not",
    `${head}tls: x590\ngrants: []\n`,
    'users/jane.doe.yaml:3:6 tls: must be one of ssl, x509, but is "x590"; did you mean "x509"?',
  ),
  jane(
    "names in a certificate that no certificate can have",
    `${head}tls: {subject: CN=jane, issuer: /CN=\u00c4}\ngrants: []\n`,
    'users/jane.doe.yaml:3:16 tls.subject: "CN=jane" cannot be used here; it may be `/` and then ASCII, as MySQL writes such a name: `/C=DE/O=Example/CN=shop`',
    'users/jane.doe.yaml:3:33 tls.issuer: "/CN=\u00c4" cannot be used here; it may be `/` and then ASCII, as MySQL writes such a name: `/C=DE/O=Example/CN=shop`',
  ),
  {
    title: "defaults of settings.yaml for what does not exist",
    files: {
      "settings.yaml":
        "defaults:\n  roles:\n    raed: {tls: x509}\n  projects:\n    shop: {limits: {connections: 1}}\n  persons: {}\n",
    },
    problems: [
      'users/settings.yaml:3:5 defaults.roles.raed: unknown role "raed"; did you mean "read"?',
      'users/settings.yaml:5:5 defaults.projects.shop: unknown project "shop"; there is no project',
      'users/settings.yaml:6:3 defaults.persons: unknown key "persons"; did you mean "person"?',
    ],
  },
  jane(
    "no grants written",
    `${head}grants:\n`,
    "users/jane.doe.yaml:3:8 grants: must be a list, but is empty; an empty list is []",
  ),
  jane("a list for a file", "- a\n", "users/jane.doe.yaml:1:1: must be a map, but is a list"),
  jane(
    "what is not an e-mail address",
    "name: Jane\nemail: jane.doe\ngrants: []\n",
    'users/jane.doe.yaml:2:8 email: "jane.doe" is not an e-mail address; write it like name@example.com',
  ),
  {
    title: "a domain that is not allowed, sub-domains and look-alikes included",
    files: {
      "settings.yaml": "emailDomains: [example.com]\n",
      "a.yaml": "name: A\nemail: a@example.org\ngrants: []\n",
      "b.yaml": "name: B\nemail: b@eu.example.com\ngrants: []\n",
      "c.yaml": "name: C\nemail: c@notexample.com\ngrants: []\n",
      "d.yaml": "name: D\nemail: d@EXAMPLE.com\ngrants: []\n",
    },
    problems: [
      'users/a.yaml:2:8 email: the domain "example.org" is not allowed; allowed are: example.com (settings.yaml, emailDomains)',
      'users/b.yaml:2:8 email: the domain "eu.example.com" is not allowed; allowed are: example.com (settings.yaml, emailDomains)',
      'users/c.yaml:2:8 email: the domain "notexample.com" is not allowed; allowed are: example.com (settings.yaml, emailDomains)',
    ],
  },
  jane(
    "a day that does not exist",
    onOrders("role: read", "expires: 2027-02-30"),
    `users/jane.doe.yaml:7:14 grants[0].expires: "2027-02-30" is a day that does not exist; ${EXPIRY}`,
  ),
  jane(
    "a time without a zone",
    onOrders("role: read", "expires: 2027-03-31T18:00:00"),
    'users/jane.doe.yaml:7:14 grants[0].expires: "2027-03-31T18:00:00" is a time without a zone; end it with `Z` for UTC or with an offset such as `+02:00`',
  ),
  jane(
    "an expiry that is not a date, and one that is a number",
    `${head}grants:\n  - {cluster: orders, databases: [a], role: read, expires: soon}\n  - {cluster: orders, databases: [b], role: read, expires: 2027}\n`,
    `users/jane.doe.yaml:4:60 grants[0].expires: "soon" is not a date; ${EXPIRY}`,
    "users/jane.doe.yaml:5:60 grants[1].expires: must be text, but is the number 2027; put it in quotes",
  ),
  jane(
    "an account of 33 characters",
    `${head}username: ${"x".repeat(30)}\ngrants: []\n`,
    `users/jane.doe.yaml:3:11 username: the account "sl_${"x".repeat(30)}" has 33 characters; MySQL takes 32; name a shorter one with \`account:\`, at most 29 characters`,
  ),
  jane("an account of 32 characters is fine", `${head}username: ${"x".repeat(29)}\ngrants: []\n`),
  jane(
    "an emoji in an account",
    `${head}account: jane🦄\ngrants: []\n`,
    'users/jane.doe.yaml:3:10 account: the account "jane🦄" holds a character beyond U+FFFF (an emoji, say), which MySQL cannot keep in an account; choose another with `account:`',
  ),
  jane(
    "an invisible character in an account",
    `${head}account: "jane\\u200b"\ngrants: []\n`,
    'users/jane.doe.yaml:3:10 account: the account "jane\\u{200b}" holds an invisible character; leave it out',
  ),
  jane(
    "a space at the end of an account",
    `${head}account: "jane "\ngrants: []\n`,
    'users/jane.doe.yaml:3:10 account: the account "jane " begins or ends with a space, which MySQL ignores when it compares accounts; leave it out',
  ),
  jane(
    "a wildcard of IAM in an account",
    `${head}account: "*"\ngrants: []\n`,
    'users/jane.doe.yaml:3:10 account: the account "*" holds `*` or `?`, which are wildcards in the IAM policies that let it log in; choose another with `account:`',
  ),
  jane(
    "quotes, dots, @ and backslashes in an account are fine",
    `${head}account: 'o''b"r\`i.e@n\\'\ngrants: []\n`,
  ),
  {
    title: "the same user and the same account in two files, but not names that differ by case",
    files: {
      "a.yaml": "name: A\nemail: a@example.com\nusername: jane\ngrants: []\n",
      "b.yaml": "name: B\nemail: b@example.com\nusername: jane\ngrants: []\n",
      "c.yaml": "name: C\nemail: c@example.com\naccount: jane\ngrants: []\n",
      "d.yaml": "name: D\nemail: d@example.com\naccount: Jane\ngrants: []\n",
    },
    problems: [
      'users/b.yaml:3:11 username: the user "jane" is already in users/a.yaml:3; one user has one file: put the grants together',
      'users/c.yaml:3:10 account: the account "jane" belongs to "jane", users/a.yaml:3; name another with `account:`',
    ],
  },
  jane(
    "two grants that say different things of one database",
    `${head}grants:\n  - {cluster: orders, databases: [a, b], role: read}\n  - {cluster: orders, databases: [b, c], role: write}\n`,
    'users/jane.doe.yaml:5:5 grants[1]: grants "b" on "orders", and users/jane.doe.yaml:4 grants the same database with other terms; leave one of the two out: an account has one role on a database',
  ),
  jane(
    "the very same grant twice",
    `${head}grants:\n  - {cluster: orders, databases: [a], role: read}\n  - {cluster: orders, databases: [a], role: read}\n`,
    'users/jane.doe.yaml:5:5 grants[1]: gives "a" on "orders" what users/jane.doe.yaml:4 gives already; leave one of the two out',
  ),
  {
    title: "a grant by project and a direct one on the same database",
    files: {
      "projects.yaml": projects,
      "jane.doe.yaml": `${head}grants:\n  - {cluster: orders, databases: [orders], role: read}\n  - {project: shop, environment: prod, role: write}\n`,
    },
    problems: [
      'users/jane.doe.yaml:5:5 grants[1]: grants "orders" on "orders" (by way of users/projects.yaml:5), and users/jane.doe.yaml:4 grants the same database with other terms; leave one of the two out: an account has one role on a database',
    ],
  },
  jane(
    "the same database on two clusters is fine",
    `${head}grants:
  - {cluster: orders, databases: [a], role: read}
  - {cluster: payments, databases: [a], role: write}
`,
  ),
  jane(
    "two spellings of one database",
    `${head}grants:\n  - {cluster: orders, databases: [Orders, orders], role: read}\n  - {cluster: orders, databases: [ORDERS], role: read}\n`,
    'users/jane.doe.yaml:4:43 grants[0].databases[1]: "orders" and "Orders" (users/jane.doe.yaml:4) are the same database on servers with lower_case_table_names; write one of them, as the server spells it',
    'users/jane.doe.yaml:5:34 grants[1].databases: "ORDERS" and "Orders" (users/jane.doe.yaml:4) are the same database on servers with lower_case_table_names; write one of them, as the server spells it',
  ),
  jane(
    "database names that are patterns, the server's own, twice, or impossible",
    grant("cluster: orders", 'databases: ["*", "app%", my_ql, a, a, "x/y", __proto__]', "role: read"),
    'users/jane.doe.yaml:5:17 grants[0].databases[0]: "*" looks like a pattern; names are literal; list each database',
    'users/jane.doe.yaml:5:22 grants[0].databases[1]: "app%" looks like a pattern; names are literal; list each database',
    'users/jane.doe.yaml:5:30 grants[0].databases[2]: "my_ql" reaches one of the server\'s own databases (mysql, sys, performance_schema, information_schema), which are never granted; leave it out',
    'users/jane.doe.yaml:5:40 grants[0].databases[4]: "a" is already in this list, at users/jane.doe.yaml:5; leave one out',
    'users/jane.doe.yaml:5:43 grants[0].databases[5]: "x/y" cannot be the name of a database here; at most 64 characters; no line break, tab, backslash, slash, trailing space or character beyond U+FFFF',
    'users/jane.doe.yaml:5:50 grants[0].databases[6]: "__proto__" cannot be the name of a database here; at most 64 characters; no line break, tab, backslash, slash, trailing space or character beyond U+FFFF',
  ),
  jane(
    "no database",
    grant("cluster: orders", "databases: []", "role: read"),
    "users/jane.doe.yaml:5:16 grants[0].databases: is empty; name at least one",
  ),
  jane(
    "a role above the cluster's ceiling, once for all of its databases",
    grant("cluster: orders", "databases: [a, b]", "role: admin"),
    'users/jane.doe.yaml:4:5 grants[0]: the role "admin" on "a", "b" of "orders": asks for CREATE, REFERENCES, INDEX, ALTER, CREATE TEMPORARY TABLES, EXECUTE, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, EVENT, TRIGGER, which the cluster\'s ceiling does not allow; ask for less, or let the ceiling of the cluster allow it (the `ceiling` of its construct)',
  ),
  jane(
    "references of Terraform, in values and in keys",
    `name: "\${TfToken[TOKEN.0]}"\nemail: jane.doe@example.com\ngrants: []\n`,
    "users/jane.doe.yaml:1:7 name: holds `TfToken[`, which refers to a value of Terraform; write the value itself, not a reference",
  ),
  jane(
    "characters that hide the text",
    `name: "Jane\\u202eeoD"\nemail: jane.doe@example.com\ngrants: []\n`,
    "users/jane.doe.yaml:1:7 name: holds the invisible character U+202E, which can hide what a reviewer should see; leave it out",
  ),
  jane(
    "half a character",
    `name: "Jane \\ud83e"\nemail: j@example.com\ngrants: []\n`,
    "users/jane.doe.yaml:1:7 name: holds half a character; write the character itself",
  ),
  jane(
    "a duplicate key",
    `${head}grants: []\nname: John\n`,
    'users/jane.doe.yaml:4:1: the key "name" is here twice (also in line 1); leave one out',
  ),
  jane(
    "merge keys",
    `${head}grants:\n  - &a {cluster: orders, databases: [a], role: read}\n  - <<: *a\n    cluster: payments\n`,
    'users/jane.doe.yaml:5:5 grants[1]["<<"]: merge keys (`<<`) are not supported; write the keys out, so that a reviewer sees them',
  ),
  jane(
    "a tab",
    `${head}grants:\n\t- {cluster: orders, databases: [a], role: read}\n`,
    "users/jane.doe.yaml:4:1: a tab cannot indent in YAML; use spaces",
  ),
  jane(
    "a second document",
    `${head}grants: []\n---\nname: x\n`,
    "users/jane.doe.yaml:4:1: a second document begins here (`---`); one file holds one document",
  ),
  jane(
    "a value that needs quotes",
    "name: Jane: Doe\n",
    "users/jane.doe.yaml:1:7: is not YAML: a value contains `: `, which begins another value; put the value in quotes",
  ),
  jane(
    "an alias without its anchor",
    `${head}grants: *all\n`,
    "users/jane.doe.yaml:3:9: there is no anchor `&all` before this alias; write the value out; `*` is no wildcard",
  ),
  jane(
    "an alias inside itself",
    "grants: &a [*a]\n",
    "users/jane.doe.yaml:1:13: the alias `*a` is part of its own value; write the value out",
  ),
  jane(
    "nesting without end",
    `grants: ${"[".repeat(20_000)}`,
    expect.stringMatching(/^users\/jane\.doe\.yaml:1:\d+: is nested too deeply$/) as unknown as string,
  ),
  jane(
    "aliases that multiply",
    `a: &a [${"1,".repeat(99)}1]\nb: &b [${"*a,".repeat(99)}*a]\nc: [${"*b,".repeat(99)}*b]\n`,
    expect.stringMatching(
      /^users\/jane\.doe\.yaml:3:\d+: holds more than 50000 values; replace the aliases by their values$/,
    ) as unknown as string,
  ),
  withFile(
    "a cycle of roles, named",
    "roles.yaml",
    "a: {inherits: [b]}\nb: {inherits: [c]}\nc: {inherits: [b]}\nself: {inherits: [self]}\n",
    "users/roles.yaml:3:16 c.inherits[0]: roles inherit in a cycle: b -> c -> b; leave one of them out",
    "users/roles.yaml:4:19 self.inherits[0]: roles inherit in a cycle: self -> self; leave one of them out",
  ),
  withFile(
    "privileges that do not exist or cannot stand on a database",
    "roles.yaml",
    `read:
  privileges:
    - SELCT
    - create_view
    - PROCESS
    - Create User
    - BACKUP_ADMIN
    - GRANT OPTION
    - PROXY
    - USAGE
    - SELECT (name)
  inherits: [reed]
nothing: {}
`,
    'users/roles.yaml:3:7 read.privileges[0]: MySQL has no privilege "SELCT"; did you mean "SELECT"?',
    'users/roles.yaml:4:7 read.privileges[1]: MySQL has no privilege "create_view"; did you mean "CREATE VIEW"?',
    "users/roles.yaml:5:7 read.privileges[2]: PROCESS applies to the whole server, not to a database (MySQL error 1221); leave it out, and write a grant of its own: `global: [...]`",
    "users/roles.yaml:6:7 read.privileges[3]: CREATE USER applies to the whole server, not to a database (MySQL error 1221); leave it out",
    "users/roles.yaml:7:7 read.privileges[4]: BACKUP_ADMIN is a dynamic privilege: it applies to the whole server, not to a database; leave it out",
    "users/roles.yaml:8:7 read.privileges[5]: GRANT OPTION lets its holder give access to others without review; leave it out: this folder decides who may reach what. A grant may say `grantOption: true`",
    "users/roles.yaml:9:7 read.privileges[6]: PROXY lets its holder act as another account and applies to accounts, not to databases; leave it out",
    "users/roles.yaml:10:7 read.privileges[7]: USAGE gives nothing; leave it out; every account has it",
    'users/roles.yaml:11:7 read.privileges[8]: "SELECT (name)" names columns, which a role on databases cannot do; name the privilege alone',
    'users/roles.yaml:12:14 read.inherits[0]: unknown role "reed"; there are: nothing',
    'users/roles.yaml:13:1 nothing: the role "nothing" gives nothing; write `privileges`, `inherits` or both',
  ),
  withFile(
    "mistakes in projects.yaml",
    "projects.yaml",
    `shop:
  owner: {name: Priya Nair}
  environments:
    prod:
      cluster: order
      databases: [mysql]
      roles: {reed: {privileges: [SELECT]}}
    "a/b": {cluster: orders, databases: [orders]}
`,
    "users/projects.yaml:2:10 shop.owner.email: is missing; write `email`: the owner's e-mail address",
    'users/projects.yaml:5:16 shop.environments.prod.cluster: unknown cluster "order"; did you mean "orders"?',
    'users/projects.yaml:6:19 shop.environments.prod.databases[0]: "mysql" reaches one of the server\'s own databases (mysql, sys, performance_schema, information_schema), which are never granted; leave it out',
    'users/projects.yaml:7:15 shop.environments.prod.roles.reed: unknown role "reed"; did you mean "read"?',
    'users/projects.yaml:8:5 shop.environments["a/b"]: "a/b" cannot be a name; it may be letters, digits, `.`, `_` and `-`, at most 63, the first a letter or digit',
  ),
  withFile(
    "mistakes in settings.yaml",
    "settings.yaml",
    'prefix: SL_\nemailDomains: ["@example.com"]\n',
    'users/settings.yaml:1:9 prefix: "SL_" cannot be used here; it may be one to eight lower-case letters or digits, the first a letter',
    'users/settings.yaml:2:16 emailDomains[0]: "@example.com" cannot be used here; it may be a domain such as `example.com`, without `@`',
  ),
  withFile(
    "a prefix that belongs to AWS",
    "settings.yaml",
    "prefix: rds\n",
    "users/settings.yaml:1:9 prefix: accounts that begin with `rds_` belong to AWS and are never touched; choose another prefix",
  ),
];

describe("problems of users files", () => {
  test.each(cases)("$title", ({ files, problems }) => {
    const found = usersOf(files, clusters);
    expect(found.problems.map(problemLine)).toEqual(problems);
  });

  test("of all files come at once, and leave no roster", () => {
    const found = usersOf(
      Object.assign(
        {},
        ...cases.map(({ files }, index) => ({ [`u${index}.yaml`]: Object.values(files)[0]! })),
      ),
      clusters,
    );
    expect(new Set(found.problems.map(({ file }) => file)).size).toBeGreaterThan(35);
    expect(found.rosters).toEqual({});
  });

  test("a roles.yaml that cannot be read makes no role unknown", () => {
    const found = usersOf({ "roles.yaml": "read: [", "jane.doe.yaml": onOrders("role: anything") }, clusters);
    expect(found.problems.map(({ file, line }) => `${file}:${line}`)).toEqual(["users/roles.yaml:1"]);
  });
});
