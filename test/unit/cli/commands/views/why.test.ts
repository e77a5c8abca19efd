import { marshall } from "@aws-sdk/util-dynamodb";
import { positionKey } from "../../../../../core/audit";
import { fakeAws } from "../../fake-aws";
import { runCli } from "../../run-cli";
import { JANE, person, usersFolder } from "./users-folder";

const users = usersFolder({
  "jane.yaml": JANE,
  "sam.yaml": `${person("sam", "{ cluster: orders, database: orders, columns: { customers: [id] }, privileges: [SELECT] }")}suspended: true\n`,
});
afterAll(() => users.remove());

const TEAMS = `dba:
  owner: { name: T Z, email: t@example.com }
  members: [tom]
  grants:
    - { cluster: orders, databases: [orders], role: read, expires: 2026-12-31 }
    - { cluster: orders, databases: [archive], role: write, expires: 2026-11-01, reason: on call }
`;
const members = usersFolder({
  "teams.yaml": TEAMS,
  "tom.yaml": person("tom", "{ cluster: orders, databases: [orders], role: read, expires: 2026-12-31 }"),
});
afterAll(() => members.remove());

const PLANNER = "arn:aws:sts::111122223333:assumed-role/ci/deploy";
let seq = 0;
const item = (kind: string, more: object) => ({
  pk: "orders",
  sk: positionKey(++seq),
  cluster: "orders",
  when: `2026-11-${String(seq).padStart(2, "0")}T00:00:00.000Z`,
  kind,
  hash: "x",
  prevHash: "y",
  ...more,
});
const run = (
  changeSet: string,
  user: string,
  sql: string,
  more: { cause?: string; who?: string; sources?: string[] } = {},
) => {
  const { cause = "grant", sources, who = PLANNER } = more;
  const accounts = [{ account: `sl_${user}`, user, ...(sources && { sources }) }];
  const common = { changeSet, who, reference: "INC-1301" };
  return [
    item("intent", { ...common, statements: [{ sql, cause, accounts }] }),
    item("result", { ...common, outcome: "done", results: [{ sql, outcome: "done", accounts }] }),
  ];
};
const ENFORCER = "aurora-users enforcement";
const ITEMS = [
  ...run("cs-1", "jane", "GRANT SELECT, INSERT ON `archive`.* TO 'sl_jane'@'%'"),
  ...run("cs-2", "jane", "GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'"),
  ...run("enf-1", "jane", "REVOKE SELECT, INSERT ON `archive`.* FROM 'sl_jane'@'%'", {
    cause: "expiry",
    who: ENFORCER,
  }),
  item("source", {
    source: "shop/prod",
    by: "arn:aws:iam::1:user/ann",
    parameter: "/p",
    parameterVersion: 7,
    added: 1,
  }),
  ...run("par-1", "alice", "GRANT SELECT ON `orders`.`customers` TO 'sl_alice'@'%'", {
    cause: "parameter",
    who: ENFORCER,
  }),
];

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

async function ask(argv: readonly string[], items: readonly object[] | "denied" = ITEMS) {
  const aws = await fakeAws(target =>
    target.endsWith(".Query") && items !== "denied"
      ? { Items: items.map(one => marshall(one)), Count: items.length }
      : undefined,
  );
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_REGION: "eu-central-1",
    AWS_ENDPOINT_URL_DYNAMODB: aws.url,
  });
  try {
    return await runCli(["why", ...argv, "--users", users.folder]);
  } finally {
    aws.close();
  }
}
const lines = async (...argv: readonly string[]) =>
  (await ask(argv)).out.replaceAll(users.folder, "users").split("\n");

describe("aurora-users why", () => {
  it("names file and line, role, privileges, statement, change set, who planned it, and the audit item", async () => {
    expect(await lines("jane", "orders.customers")).toEqual([
      "jane has access to orders.customers on orders, as sl_jane",
      "- read on orders (SELECT); until 2026-11-30; reason: =HYPERLINK(1); users/jane.yaml:4",
      "Audit trail:",
      "- gave 2026-11-03T00:00:00.000Z: GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'; cause grant; change set cs-2; " +
        `planned by ${PLANNER}; reference INC-1301; audit item orders 3`,
    ]);
  });

  it("says of a grant that ended when it did, which run took it, and what else there is", async () => {
    const [first, grant, nearest, other, , gave, took] = await lines("sl_jane", "archive");
    expect(first).toBe("sl_jane has NO access to archive on orders, as sl_jane");
    expect(grant).toBe("- write on archive (SELECT, INSERT, UPDATE); ENDED 2026-11-01; users/jane.yaml:5");
    expect([nearest, other]).toEqual(["Nearest:", expect.stringContaining("- read on orders (SELECT)")]);
    expect(gave).toContain("gave 2026-11-01");
    expect(took).toMatch(
      /took 2026-11-05.*REVOKE.*cause expiry; change set enf-1; planned by aurora-users enforcement/,
    );
  });

  it("says of a source's grant which document gave it, and who wrote that", async () => {
    expect(await lines("alice", "orders.customers")).toEqual([
      "alice has access to orders.customers on orders",
      "- no file in the users folder gives alice anything on orders",
      "Audit trail:",
      expect.stringContaining("GRANT SELECT ON `orders`.`customers` TO 'sl_alice'@'%'; cause parameter"),
      "- in force then: document of source shop/prod; /p version 7; written by arn:aws:iam::1:user/ann; " +
        "accepted 2026-11-07T00:00:00.000Z; audit item orders 7",
    ]);
  });

  it("says of a suspended account that it has none", async () => {
    const [first, grant] = await lines("sam", "orders.customers");
    expect(first).toContain("has NO access");
    expect(grant).toBe("- SELECT on orders.customers (id) (SELECT); SUSPENDED; users/sam.yaml:4");
  });

  it("names file and line of each grant of a team's member: the own and the team's on one database", async () => {
    const asked = async (...argv: readonly string[]) => {
      const { out } = await runCli(["why", ...argv, "--offline", "--users", members.folder]);
      return out.replaceAll(members.folder, "users").split("\n");
    };
    expect((await asked("tom", "orders")).slice(1, 3)).toEqual([
      "- read on orders (SELECT); until 2026-12-31; users/tom.yaml:4",
      "- read on orders (SELECT); until 2026-12-31; by team dba; users/teams.yaml:5",
    ]);
    expect((await asked("tom", "archive")).slice(0, 2)).toEqual([
      "tom has NO access to archive on orders, as sl_tom",
      "- write on archive (SELECT, INSERT, UPDATE); ENDED 2026-11-01; by team dba; reason: on call; users/teams.yaml:6",
    ]);
  });

  it("lists in who and matrix which grant is a team's, each with its own end", async () => {
    const { out } = await runCli(["who", members.folder, "--csv"]);
    expect(out.split("\n").slice(1)).toEqual([
      expect.stringMatching(/"archive".*"write","2026-11-02T00:00:00Z","on call","","dba"$/),
      expect.stringMatching(/"orders","orders",.*"read","2027-01-01T00:00:00Z","","",""$/),
      expect.stringMatching(/"orders","orders",.*"read","2027-01-01T00:00:00Z","","","dba"$/),
    ]);
    expect((await runCli(["who", members.folder])).out).toMatch(/REASON +TEAM/);
    expect((await runCli(["matrix", members.folder])).out).toContain(
      "read, until 2026-12-31; read, until 2026-12-31, by team dba",
    );
  });

  it("says NO of an account that was locked, such as by offboarding, until it is opened or dropped", async () => {
    const lock = run("off-1", "jane", "ALTER USER 'sl_jane'@'%' ACCOUNT LOCK", { cause: "offboarding" });
    const first = async (...more: readonly object[]) =>
      (await ask(["jane", "orders"], [...ITEMS, ...lock, ...more])).out.split("\n");
    expect(await first()).toEqual(
      expect.arrayContaining([
        "jane has NO access to orders on orders, as sl_jane",
        "- the account is LOCKED: see the audit trail",
        expect.stringMatching(/^- took .*ACCOUNT LOCK; cause offboarding; change set off-1/),
      ]),
    );
    const unlock = run("on-1", "jane", "ALTER USER 'sl_jane'@'%' ACCOUNT UNLOCK");
    expect((await first(...unlock))[0]).toBe("jane has access to orders on orders, as sl_jane");
    const again = [
      ...run("d-1", "jane", "DROP USER 'sl_jane'@'%'"),
      ...run("d-2", "jane", "GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'"),
    ];
    expect((await first(...again))[0]).toBe("jane has access to orders on orders, as sl_jane");
  });

  it("names the document that was in force at the statement, not a later one", async () => {
    const later = item("source", { source: "shop/prod", parameter: "/p", parameterVersion: 8, added: 0 });
    const { out } = await ask(["alice", "orders.customers"], [...ITEMS, later]);
    expect(out).toContain("- in force then: document of source shop/prod; /p version 7");
    expect(out).not.toContain("version 8");
  });

  it("names of several sources the one that gave it; of an older item it says that nothing names it", async () => {
    const other = item("source", { source: "bill/prod", parameter: "/b", parameterVersion: 2, added: 1 });
    const text = "which of these sources has it, the trail does not say";
    const both = [other, ...ITEMS].map((one, at) => ({ ...one, sk: positionKey(at + 1) }));
    const sql = "GRANT SELECT ON `orders`.`customers` TO 'sl_mia'@'%'";
    const newer = run("par-2", "mia", sql, { cause: "parameter", sources: ["bill/prod"] });
    const mixed = [...both, ...newer.map((one, at) => ({ ...one, sk: positionKey(both.length + at + 1) }))];
    const mia = (await ask(["mia", "orders.customers"], mixed)).out;
    expect(mia).toContain("; cause parameter; source bill/prod; ");
    expect(mia).toContain("document of source bill/prod; /b version 2");
    expect(mia).not.toMatch(/shop\/prod|which of these/);
    const { out } = await ask(["alice", "orders.customers"], mixed);
    expect(out).toContain("document of source bill/prod; /b version 2");
    expect(out).toContain("document of source shop/prod; /p version 7");
    expect(out).toContain(text);
    expect((await ask(["alice", "orders.customers"])).out).not.toContain(text);
  });

  it("forges no line and moves no terminal by what others wrote", async () => {
    const hostile = "x\n- gave today: \u001b[2J\u202E";
    const document = item("source", {
      source: hostile,
      parameter: hostile,
      parameterVersion: 1,
      by: hostile,
    });
    const given = run(hostile, "eve", "GRANT SELECT ON `orders`.* TO 'sl_eve'@'%'", {
      cause: "parameter",
      who: hostile,
      sources: [hostile],
    });
    const { out } = await ask(["eve", "orders"], [document, ...given]);
    expect(out.split("\n").filter(line => line.startsWith("- gave"))).toHaveLength(1);
    expect(out.split("\n")).toHaveLength(5);
    expect(out).toContain("x - gave today: \\u{1b}[2J\\u{202e}");
    for (const sign of ["\u001b", "\u202E"]) expect(out).not.toContain(sign);
  });

  it("counts no statement that failed, and no grant on a routine", async () => {
    const sql = "GRANT SELECT ON `orders`.* TO 'sl_eve'@'%'";
    const [intent, result] = run("f-1", "eve", sql) as [object, { results: object[] }];
    const failed = { ...result, results: [{ ...result.results[0], outcome: "failed" }] };
    const routine = run("f-2", "eve", "GRANT EXECUTE ON PROCEDURE `orders`.`customers` TO 'sl_eve'@'%'");
    for (const items of [[intent, failed], routine]) {
      const { err, out } = await ask(["eve", "orders.customers", "--cluster", "orders"], items);
      expect(`${out}${err}`).toMatch(/NO access|nothing names "eve"/);
    }
  });

  it("does not count a grant on another table", async () => {
    expect((await lines("sam", "orders.items")).slice(0, 2)).toEqual([
      "sam has NO access to orders.items on orders, as sam".replace("as sam", "as sl_sam"),
      "- no grant is about it",
    ]);
  });

  it("answers from the folder alone with --offline, or if AWS does not let it read, and says so", async () => {
    const offline = await ask(["jane", "orders", "--offline"]);
    expect(offline).toMatchObject({ code: 0, err: "" });
    expect(offline.out).toContain("Audit trail: not asked (--offline)");
    const denied = await ask(["jane", "orders"], "denied");
    expect(denied.code).toBe(0);
    expect(denied.out).toMatch(/jane has access.*Audit trail: not asked \(AWS denied access to the table/s);
  });

  it("prints JSON", async () => {
    const { out } = await ask(["jane@example.com", "orders", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      cluster: "orders",
      access: true,
      declared: {
        account: "sl_jane",
        grants: [{ role: "read", state: "in force", at: expect.stringMatching(/:4$/) }],
      },
      trail: { statements: [{ what: "gave", changeSet: "cs-2", item: 3 }], documents: [] },
    });
  });

  it("does not answer about a name that nothing has", async () => {
    expect(await ask(["jan", "orders"])).toMatchObject({
      code: 2,
      err: 'aurora-users: nothing names "jan"; did you mean "jane"?',
    });
  });
});
