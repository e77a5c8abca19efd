import { secretName } from "../../../../../core/contract/secret-name";
import { effectsOf, unpermitted } from "../../../../../core/mysql";
import { termsOf } from "../../../../../core/mysql/iam-login";
import { fillPasswords, passwordAccounts, withoutPasswords } from "../../../../../core/mysql/password-login";
import { FORMS } from "../../../../../core/mysql/statement-forms";
import { rosterSchema } from "../../../../../core/roster/roster";

const BY = "IDENTIFIED WITH caching_sha2_password BY <password from Secrets Manager>";
const TAIL = "REQUIRE SSL PASSWORD EXPIRE NEVER PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY";
const both = `CREATE USER 'sl_a'@'%' ${BY}, 'sl_b'@'%' ${BY} ${TAIL}`;

describe("a statement that sets passwords", () => {
  it("gets the password of each account, as text", () => {
    const passwords: Record<string, string> = { sl_a: "p'1\\", sl_b: "p2" };
    expect(fillPasswords(both, ({ user }) => passwords[user]!)).toBe(
      "CREATE USER 'sl_a'@'%' IDENTIFIED WITH caching_sha2_password BY 'p\\'1\\\\', " +
        `'sl_b'@'%' IDENTIFIED WITH caching_sha2_password BY 'p2' ${TAIL}`,
    );
    expect(passwordAccounts(both)).toMatchObject([
      { user: "sl_a", host: "%" },
      { user: "sl_b", host: "%" },
    ]);
  });

  it("keeps a placeholder that is text", () => {
    const tls = { subject: `/CN=${BY}` } as const;
    const { before, each, after } = FORMS.create.write(termsOf({ login: "password", tls }));
    const sql = `${before} 'sl_<password'@'%'${each}${after}`;
    expect(fillPasswords(sql, () => "secret")).toBe(
      `CREATE USER 'sl_<password'@'%' IDENTIFIED WITH caching_sha2_password BY 'secret' REQUIRE SUBJECT '/CN=${BY}' PASSWORD EXPIRE NEVER PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY`,
    );
  });

  it.each([
    "DROP USER 'sl_a'@'%'",
    "CREATE USER 'sl_a'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
    `ALTER USER 'sl_a'@'%' REQUIRE SUBJECT '/CN=${BY}'`,
    `GRANT SELECT ON \`${BY}\`.* TO 'sl_a'@'%'`,
    `CREATE USER 'sl_a'@'%' ${BY}, 'sl_b'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL`,
  ])("is no other: %s", sql => {
    expect(passwordAccounts(sql)).toEqual([]);
    expect(() => fillPasswords(sql, () => "x")).toThrow("sets no password");
  });

  it("has an effect of its own, which a plan without it does not permit", () => {
    expect(effectsOf(both)).toEqual([
      "create|'sl_a'@'%'",
      "password|'sl_a'@'%'",
      "create|'sl_b'@'%'",
      "password|'sl_b'@'%'",
    ]);
    const shown = ["CREATE USER 'sl_a'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL"];
    const names = { partialRevokes: true, lowerCaseTableNames: 0 };
    const judge = unpermitted({ shown, roster: { roles: {}, accounts: {} }, now: new Date(), names });
    expect(judge(`CREATE USER 'sl_a'@'%' ${BY} ${TAIL}`)).toEqual(["password|'sl_a'@'%'"]);
    expect(judge("ALTER USER 'sl_a'@'%' DISCARD OLD PASSWORD")).toEqual(["discard|'sl_a'@'%'"]);
    expect(effectsOf(`CREATE USER 'sl_a'@'%' ${BY} REQUIRE SSL`)).toBeUndefined();
  });
});

describe("the server's text about it", () => {
  const password = "abcdefghijklmnop";
  it.each([password, "near 'abcdefgh' at line 1", "...klmnop' REQUIRE"])(
    "is left out if it quotes any of it: %s",
    text => {
      expect(withoutPasswords(text, [password])).toMatch(/^the server's text quotes the statement/);
    },
  );

  it("stays otherwise", () => {
    expect(withoutPasswords("Access denied for user 'admin'", [password])).toBe(
      "Access denied for user 'admin'",
    );
  });
});

describe("the name of a secret", () => {
  it("differs for each account, and holds what Secrets Manager allows", () => {
    const accounts = [
      "sl_a",
      "sl_A",
      "sl_a b",
      "sl_a=20b",
      "sl_ä",
      "sl_o'brien",
      "sl_a/b",
      "sl_a+b",
      "sl_日本",
    ];
    const names = accounts.map(account => secretName("aurora-users/orders", account));
    expect(names).toEqual([
      "aurora-users/orders/sl_a",
      "aurora-users/orders/sl_A",
      "aurora-users/orders/sl_a=20b",
      "aurora-users/orders/sl_a=3D20b",
      "aurora-users/orders/sl_=C3=A4",
      "aurora-users/orders/sl_o=27brien",
      "aurora-users/orders/sl_a=2Fb",
      "aurora-users/orders/sl_a=2Bb",
      "aurora-users/orders/sl_=E6=97=A5=E6=9C=AC",
    ]);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9/_+=.@-]{1,512}$/);
  });
});

describe("a roster", () => {
  const account = (kind: string) => ({
    roles: {},
    accounts: { sl_a: { kind, user: "a", login: "password", databases: {} } },
  });
  it("has passwords of services alone", () => {
    expect(rosterSchema.safeParse(account("service")).success).toBe(true);
    for (const kind of ["person", "agent"]) expect(rosterSchema.safeParse(account(kind)).success).toBe(false);
  });
});
