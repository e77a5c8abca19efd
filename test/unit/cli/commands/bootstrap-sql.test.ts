import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../run-cli";

const before = process.cwd();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bootstrap-"));
  process.chdir(folder);
  mkdirSync("users");
  const roles = "read: { privileges: [SELECT, SHOW VIEW] }\nwrite: { privileges: [SELECT, INSERT] }\n";
  writeFileSync("users/roles.yaml", roles);
  const grants = [
    "{ cluster: orders, databases: [shop], role: read }",
    "{ cluster: orders, databases: [books], role: write }",
    "{ cluster: billing, databases: [bills], role: read }",
  ];
  const person = `name: Jane\nemail: jane@example.com\naccount: jane.doe\ngrants: [${grants}]\n`;
  writeFileSync("users/jane.yaml", person);
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

const bootstrap = (...more: string[]) => runCli(["bootstrap-sql", "--cluster", "orders", ...more]);

test("gives what the users folder declares for the cluster, each privilege where it is declared", async () => {
  const { code, out } = await bootstrap();
  expect(code).toBe(0);
  expect(out.trim().split("\n")).toEqual([
    "-- The smallest administrator 'aurora_users'@'%' of orders. Run it as the master user.",
    "CREATE USER IF NOT EXISTS 'aurora_users'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL;",
    "GRANT CREATE USER, PROCESS, CONNECTION_ADMIN, EVENT, TRIGGER, SHOW_ROUTINE, SET_USER_ID ON *.* TO 'aurora_users'@'%';",
    "GRANT SELECT ON mysql.* TO 'aurora_users'@'%';",
    "GRANT INSERT, SELECT ON `books`.* TO 'aurora_users'@'%' WITH GRANT OPTION;",
    "GRANT SELECT, SHOW VIEW ON `shop`.* TO 'aurora_users'@'%' WITH GRANT OPTION;",
  ]);
});

test("with another account, login and line of MySQL, as JSON", async () => {
  const options = ["--user", "o'neil", "--host", "10.0.%", "--login", "password", "--mysql", "8.4", "--json"];
  const { statements } = JSON.parse((await bootstrap(...options)).out) as { statements: string[] };
  expect(statements[0]).toBe(
    "CREATE USER IF NOT EXISTS 'o\\'neil'@'10.0.%' IDENTIFIED BY RANDOM PASSWORD REQUIRE SSL",
  );
  expect(statements[1]).toContain("SHOW_ROUTINE, SET_ANY_DEFINER, ALLOW_NONEXISTENT_DEFINER ON *.*");
});

test.each([
  [["--login", "ldap"], '`--login` is `iam` or `password`, got "ldap"'],
  [["--mysql", "5.7"], '`--mysql` is `8.0` or `8.4`, got "5.7"'],
  [["--user", "a".repeat(33)], "`--user` has 1 to 32 characters"],
  [["--host", "a\u0007"], "none of them invisible"],
  [["--cluster", "order"], 'no grant of the users folder is on the cluster "order"; did you mean "orders"?'],
])("%j is refused", async (options, message) => {
  const { code, err } = await bootstrap(...options);
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(message) });
});
