import { MAX_DOCUMENT_BYTES, parseSourceDocument, readJson } from "../../../../core/source";

const source = {
  name: "shop/prod",
  databases: ["shop", "stock"],
  roles: { read: ["SELECT"], write: ["SELECT", "INSERT"] },
} as const;
const parse = (document: unknown) =>
  parseSourceDocument(typeof document === "string" ? document : JSON.stringify(document), {
    source,
    prefix: "sl",
  });
const problems = (document: unknown) => {
  const parsed = parse(document);
  if (!("problems" in parsed)) throw new Error(`was accepted: ${JSON.stringify(parsed)}`);
  return parsed.problems;
};
const user = (entry: object) => ({ users: [{ name: "alice", role: "read", ...entry }] });

describe("a document of Parameter Store", () => {
  test("without databases grants the role on all databases of the source", () => {
    const grant = { role: "read", project: "shop/prod" };
    expect(parse('{"users":[{"name":"alice","role":"read"}]}')).toEqual({
      roster: {
        roles: { read: ["SELECT"] },
        accounts: { sl_alice: { kind: "person", user: "alice", databases: { shop: grant, stock: grant } } },
      },
    });
  });

  test("has everything that a users file can have, and confirms removals", () => {
    const entry = {
      name: "reports",
      role: "write",
      databases: ["stock"],
      expires: "2027-03-31",
      reason: "INC-1",
      email: "team@example.com",
      displayName: "Reports",
      kind: "service",
      account: "rep",
    };
    expect(parse({ version: 1, users: [entry], confirmRemovals: "abc" })).toEqual({
      roster: {
        roles: { write: ["SELECT", "INSERT"] },
        accounts: {
          sl_rep: {
            kind: "service",
            user: "reports",
            name: "Reports",
            email: "team@example.com",
            databases: {
              stock: {
                role: "write",
                expires: "2027-04-01T00:00:00Z",
                reason: "INC-1",
                project: "shop/prod",
              },
            },
          },
        },
      },
      confirmRemovals: "abc",
    });
  });

  test("merges several entries of one user with different databases", () => {
    const entries = [
      { name: "alice", role: "read", databases: ["shop"], email: "alice@example.com" },
      { name: "alice", role: "write", databases: ["stock"] },
    ];
    const parsed = parse({ users: entries });
    expect(parsed).toMatchObject({
      roster: {
        accounts: {
          sl_alice: {
            email: "alice@example.com",
            databases: { shop: { role: "read" }, stock: { role: "write" } },
          },
        },
      },
    });
  });

  test("may be empty", () => {
    expect(parse({ users: [] })).toEqual({ roster: { roles: {}, accounts: {} } });
  });

  test.each([
    [
      "one database twice",
      {
        users: [
          { name: "a", role: "read" },
          { name: "a", role: "write", databases: ["shop"] },
        ],
      },
      'users[1]: `sl_a` is here twice for the database "shop"',
    ],
    [
      "one database twice in one entry",
      user({ databases: ["shop", "shop"] }),
      'users[0].databases[1]: "shop" is here twice',
    ],
    [
      "two kinds",
      {
        users: [
          { name: "a", role: "read", databases: ["shop"] },
          { name: "a", role: "read", databases: ["stock"], kind: "service" },
        ],
      },
      'users[1]: another entry of the account `sl_a` says "person", this one "service"',
    ],
    [
      "two users with one account",
      {
        users: [
          { name: "a", role: "read", databases: ["shop"] },
          { name: "b", account: "a", role: "read", databases: ["stock"] },
        ],
      },
      'users[1]: another entry of the account `sl_a` says "a", this one "b"',
    ],
    [
      "one user with two accounts",
      {
        users: [
          { name: "a", role: "read", databases: ["shop"] },
          { name: "a", account: "b", role: "read", databases: ["stock"] },
        ],
      },
      'users[1].account: another entry gives "a" the account `sl_a`',
    ],
    [
      "an unknown role",
      user({ role: "toString" }),
      'users[0].role: unknown role "toString"; there are: read, write',
    ],
    [
      "a role by a hostile key",
      user({ role: "__proto__" }),
      'users[0].role: unknown role "__proto__"; there are: read, write',
    ],
    [
      "another database",
      user({ databases: ["payroll"] }),
      'users[0].databases[0]: "payroll" is not among the databases of this source: shop, stock',
    ],
    [
      "a database of the server",
      user({ databases: ["mysql"] }),
      'users[0].databases[0]: "mysql" is not among the databases of this source: shop, stock',
    ],
    [
      "a pattern",
      user({ databases: ["sh%"] }),
      'users[0].databases[0]: "sh%" is not among the databases of this source: shop, stock',
    ],
    [
      "a day that does not exist",
      user({ expires: "2027-02-30" }),
      expect.stringMatching(/^users\[0\]\.expires: "2027-02-30" is a day that does not exist/),
    ],
    [
      "33 characters",
      user({ name: "a".repeat(30) }),
      expect.stringMatching(/^users\[0\]\.name: the account "sl_a{30}" has 33 characters; MySQL takes 32/),
    ],
    [
      "a NUL",
      user({ name: "a\0b" }),
      expect.stringMatching(/^users\[0\]\.name: holds the invisible character U\+0000/),
    ],
    [
      "half a character",
      '{"users":[{"name":"a\\ud800","role":"read"}]}',
      expect.stringMatching(/^users\[0\]\.name: holds half a character/),
    ],
    ["a wildcard of IAM", user({ name: "*" }), expect.stringMatching(/^users\[0\]\.name: .*wildcards/)],
    ["a trailing space", user({ account: "a " }), expect.stringMatching(/^users\[0\]\.account: .*space/)],
    [
      "a direction override",
      user({ reason: "\u202e" }),
      expect.stringMatching(/^users\[0\]\.reason: holds the invisible character U\+202E/),
    ],
    ["an invalid address", user({ email: "alice" }), "users[0].email: is not an e-mail address"],
    ["no role", { users: [{ name: "a" }] }, expect.stringMatching(/^users\[0\]\.role: /)],
    ["a number for a name", user({ name: 7 }), expect.stringMatching(/^users\[0\]\.name: .*string/)],
    ["no databases at all", user({ databases: [] }), expect.stringMatching(/^users\[0\]\.databases: /)],
    ["an unknown key", { users: [], grants: [] }, "grants: unknown key"],
    ["an unknown key of a user", user({ constructor: {} }), "users[0].constructor: unknown key"],
    ["another version", { version: 2, users: [] }, expect.stringMatching(/^version: /)],
    ["a list", [], expect.stringMatching(/^\(all\): /)],
  ])("with %s is refused, with the place", (_, document, problem) => {
    expect(problems(document)).toContainEqual(problem);
  });

  test("with an account that AWS owns under this prefix is refused", () => {
    expect(
      parseSourceDocument(JSON.stringify(user({ name: "superuser_role" })), { source, prefix: "rds" }),
    ).toEqual({
      problems: [
        "users[0].name: `rds_superuser_role` is an account of the server or of AWS, which is never touched",
      ],
    });
  });

  test("cannot reach an account without the prefix: the prefix is always added", () => {
    const parsed = parse({
      users: ["sl_bob", "rdsadmin", "root", "mysql.sys"].map(name => ({ name, role: "read" })),
    });
    expect("roster" in parsed && Object.keys(parsed.roster.accounts)).toEqual([
      "sl_mysql.sys",
      "sl_rdsadmin",
      "sl_root",
      "sl_sl_bob",
    ]);
  });

  test("composes names, so that two spellings are one account", () => {
    const twice = {
      users: [
        { name: "Jos\u00e9", role: "read" },
        { name: "Jose\u0301", role: "read" },
      ],
    };
    expect(problems(twice)[0]).toBe('users[1]: `sl_José` is here twice for the database "shop"');
  });

  test("over a megabyte, or of more than 5,000 users, is refused", () => {
    const large = JSON.stringify(user({ reason: "x".repeat(MAX_DOCUMENT_BYTES) }));
    expect(problems(large)).toEqual([`the document has ${large.length} bytes; 1048576 are read at most`]);
    const many = Array.from({ length: 5_001 }, (_, i) => ({ name: `u${i}`, role: "read" }));
    expect(problems({ users: many })).toEqual([expect.stringMatching(/^users: .*5000/)]);
    expect(parse({ users: many.slice(1) })).toHaveProperty("roster");
  });

  test("does not pollute prototypes", () => {
    expect(problems('{"users":[],"__proto__":{"polluted":1}}')).toEqual([
      "line 1, column 13: `__proto__` cannot be a key",
    ]);
    expect(problems('{"users":[{"name":"a","role":"read","__proto__":{"kind":"service"}}]}')[0]).toMatch(
      /`__proto__` cannot be a key/,
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("broken JSON", () => {
  test.each([
    ['{"users":[\n  {"name":"alice","role":"read"},\n]}', 'line 3, column 1: expected a value, found "]"'],
    ['{"users":[]', "line 1, column 12: expected `,`, found the end of the text"],
    [
      '{"users":[{"name":"ali',
      "line 1, column 19: this string is not closed, or holds a line break or an escape that JSON does not know",
    ],
    ['{"users":[]} {}', 'line 1, column 14: expected the end of the text, found "{"'],
    ['{"users":[],"users":[]}', 'line 1, column 13: the key "users" is here twice'],
    ['{"a":"\\u0061","\\u0061":1}', 'line 1, column 15: the key "a" is here twice'],
    ["{'users':[]}", 'line 1, column 2: expected text in double quotes, found "\'"'],
    ["", "line 1, column 1: expected a value, found the end of the text"],
    ["[".repeat(100_000), "line 1, column 34: nested deeper than 32 levels"],
    ['{"a":'.repeat(100_000), "line 1, column 166: nested deeper than 32 levels"],
  ])("%#: is reported with line and column", (text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });

  test.each([
    "{}",
    "[]",
    " [1, -0.5e+3, true, null]\n",
    '{"a":{"b":["\\"\\\\\\/\\u00e4\\n"]}}',
    '"x"',
    '{"":0}',
    "\t3 ",
  ])("valid JSON is read as JSON.parse reads it: %j", text => {
    expect(readJson(text)).toEqual({ value: JSON.parse(text) });
  });

  test.each([
    "01",
    "+1",
    ".5",
    "1.",
    "NaN",
    "True",
    '"\t"',
    '"\\x41"',
    "[1,]",
    "{a:1}",
    "//",
    "1 2",
    "\u00a01",
  ])("what JSON.parse refuses is refused: %j", text => {
    expect(() => JSON.parse(text)).toThrow();
    expect(readJson(text)).toHaveProperty("problem");
  });
});
