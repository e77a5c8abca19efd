import { row, sql } from "../../../support/assemble";
import { observedAccount, observedState, rosterOf, withOptions } from "../../../support/observed";

describe("what an account holds by a grant that is about to go", () => {
  const roster = rosterOf({ sl_jane: { orders: "read" } });
  const observed = observedState([observedAccount("sl_jane", { globalPrivileges: ["SELECT"] })]);
  const grant = "GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'";
  const revoke = "REVOKE SELECT ON *.* FROM 'sl_jane'@'%'";

  it("is granted before that goes", () => {
    expect(sql({ roster, observed })).toEqual([grant, revoke]);
  });

  it("is granted to a suspended account only once it is locked", () => {
    expect(sql({ roster: withOptions(roster, "sl_jane", { suspended: true }), observed })).toEqual([
      "ALTER USER 'sl_jane'@'%' ACCOUNT LOCK",
      revoke,
      grant,
    ]);
  });

  it.each([
    ["x509", "X509"],
    [{ subject: "/CN=jane" }, "SUBJECT '/CN=jane'"],
    [{ issuer: "/CN=ca" }, "ISSUER '/CN=ca'"],
  ] as const)("is granted only once logins need the certificate %j", (tls, required) => {
    expect(sql({ roster: withOptions(roster, "sl_jane", { tls }), observed })).toEqual([
      `ALTER USER 'sl_jane'@'%' REQUIRE ${required}`,
      grant,
      revoke,
    ]);
  });

  it.each([
    [{ suspended: true }, "ACCOUNT LOCK"],
    [{ tls: "x509" }, "REQUIRE X509"],
  ] as const)("reaches accounts of the name at other hosts only once they keep to %j", (options, terms) => {
    const hosts = ["10.%", "127.%"].map(host => observedAccount("sl_jane", { host }));
    const [first, , ...rest] = sql({
      roster: withOptions(roster, "sl_jane", options),
      observed: observedState(hosts),
    });
    expect(first).toBe(`ALTER USER 'sl_jane'@'10.%', 'sl_jane'@'127.%' ${terms}`);
    expect(rest[0]).toBe(grant);
  });

  it.each(["mysql_no_login", "caching_sha2_password"])(
    "lets in nobody by token who finds what was given by hand to an account of %s",
    plugin => {
      const databases = [row("orders", "SELECT"), row("payroll", "SELECT")];
      const other = { host: "10.%", databases, globalPrivileges: ["FILE"], plugin };
      const write = rosterOf({ sl_jane: { orders: "write" } });
      expect(sql({ roster: write, observed: observedState([observedAccount("sl_jane", other)]) })).toEqual([
        "REVOKE FILE ON *.* FROM 'sl_jane'@'10.%'",
        "REVOKE SELECT ON `payroll`.* FROM 'sl_jane'@'10.%'",
        expect.stringContaining("ALTER USER 'sl_jane'@'10.%' IDENTIFIED WITH AWSAuthenticationPlugin"),
        "RENAME USER 'sl_jane'@'10.%' TO 'sl_jane'@'%'",
        expect.stringMatching(/^GRANT .*INSERT/),
      ]);
    },
  );
});
