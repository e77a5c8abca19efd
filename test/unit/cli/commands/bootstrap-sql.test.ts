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
    "{ cluster: orders, databases: [shop_a], role: read }",
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
  const lines = out.trim().split("\n");
  expect(lines.filter(line => !line.startsWith("--"))).toEqual([
    "CREATE USER 'aurora_users'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL;",
    "GRANT CREATE USER, PROCESS, CONNECTION_ADMIN, ROLE_ADMIN, EVENT, TRIGGER, SET_USER_ID ON *.* TO 'aurora_users'@'%';",
    "GRANT SHOW_ROUTINE ON *.* TO 'aurora_users'@'%';",
    "GRANT SELECT ON mysql.* TO 'aurora_users'@'%';",
    "GRANT SELECT ON performance_schema.* TO 'aurora_users'@'%';",
    "GRANT INSERT, SELECT ON `books`.* TO 'aurora_users'@'%' WITH GRANT OPTION;",
    "GRANT SELECT, SHOW VIEW ON `shop_a`.* TO 'aurora_users'@'%' WITH GRANT OPTION;",
  ]);
  expect(lines[0]).toBe(
    "-- The smallest administrator 'aurora_users'@'%' of orders. Run it as the master user.",
  );
  expect(lines[1]).toContain("-- It can take over the server");
  expect((await bootstrap("--help")).out).toContain("it can take\nover the master user");
});

test("with partial_revokes OFF a database's name is no pattern", async () => {
  const { out } = await bootstrap("--partial-revokes", "off");
  expect(out).toContain("ON `shop\\_a`.* TO");
});

test("an account that is there is not created again", async () => {
  const { out } = await bootstrap("--existing");
  expect(out).not.toContain("CREATE USER 'aurora_users'");
  expect(out).toContain("\nGRANT CREATE USER, ");
});

test("with another account, login and line of MySQL, as JSON", async () => {
  const options = ["--user", "o'neil", "--host", "10.0.%", "--login", "password", "--mysql", "8.4", "--json"];
  const { statements } = JSON.parse((await bootstrap(...options)).out) as { statements: string[] };
  expect(statements[0]).toBe("CREATE USER 'o\\'neil'@'10.0.%' IDENTIFIED BY RANDOM PASSWORD REQUIRE SSL");
  expect(statements[1]).toContain("TRIGGER, SET_ANY_DEFINER, ALLOW_NONEXISTENT_DEFINER ON *.*");
});

test.each([
  [["--login", "ldap"], '`--login` is `iam` or `password`, got "ldap"'],
  [["--mysql", "5.7"], '`--mysql` is `8.0` or `8.4`, got "5.7"'],
  [["--partial-revokes", "yes"], '`--partial-revokes` is `on` or `off`, got "yes"'],
  [["--user", "a".repeat(33)], "`--user` has 1 to 32 characters"],
  [["--host", "a\u0007"], "none of them invisible"],
  [["--cluster", "order"], 'no grant of the users folder is on the cluster "order"; did you mean "orders"?'],
])("%j is refused", async (options, message) => {
  const { code, err } = await bootstrap(...options);
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(message) });
});
