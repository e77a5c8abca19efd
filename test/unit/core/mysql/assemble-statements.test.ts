import { assemble, row, sql } from "../../../support/assemble";
import { definedObject, observedAccount, observedState, rosterOf } from "../../../support/observed";

describe("assembleStatements", () => {
  it("puts accounts that need the same into one statement, at most 200 a statement", () => {
    const users = Array.from({ length: 210 }, (_, i) => `sl_user${String(i).padStart(3, "0")}`);
    const statements = assemble({
      roster: rosterOf(Object.fromEntries(users.map(u => [u, { orders: "read" }]))),
      observed: observedState([]),
    }).statements;
    expect(statements.map(s => [s.sql.split(" ").slice(0, 2).join(" "), s.accounts.length])).toEqual([
      ["CREATE USER", 200],
      ["CREATE USER", 10],
      ["GRANT SELECT", 200],
      ["GRANT SELECT", 10],
    ]);
  });

  it("does nothing if the cluster already has the roster", () => {
    const observed = observedState([observedAccount("sl_jane", { databases: [row("app_prod", "SELECT")] })]);
    expect(sql({ roster: rosterOf({ sl_jane: { app_prod: "read" } }), observed })).toEqual([]);
  });

  it("treats names as literal with partial_revokes ON, and revokes a row in the wrong spelling", () => {
    const observed = observedState([
      observedAccount("sl_jane", { databases: [row("app\\_prod", "SELECT")] }),
    ]);
    expect(sql({ roster: rosterOf({ sl_jane: { app_prod: "read" } }), observed })).toEqual([
      "REVOKE SELECT ON `app\\_prod`.* FROM 'sl_jane'@'%'",
      "GRANT SELECT ON `app_prod`.* TO 'sl_jane'@'%'",
    ]);
  });

  it("escapes names with partial_revokes OFF, and replaces a pattern row before it revokes it", () => {
    const observed = observedState(
      [observedAccount("sl_jane", { databases: [row("app_prod", "SELECT", "DELETE")] })],
      {
        partialRevokes: false,
      },
    );
    expect(sql({ roster: rosterOf({ sl_jane: { app_prod: "write" } }), observed })).toEqual([
      "GRANT SELECT ON `app\\_prod`.* TO 'sl_jane'@'%'",
      "REVOKE SELECT, DELETE ON `app_prod`.* FROM 'sl_jane'@'%'",
      "GRANT INSERT, UPDATE ON `app\\_prod`.* TO 'sl_jane'@'%'",
    ]);
  });

  it("revokes the broader of two overlapping rows first, because otherwise it would apply", () => {
    const databases = [
      row("app\\_prod", "SELECT"),
      row("ap%", "SELECT", "DELETE"),
      row("app_prod", "INSERT"),
    ];
    const observed = observedState([observedAccount("sl_jane", { databases })], { partialRevokes: false });
    expect(sql({ roster: rosterOf({ sl_jane: { orders: "read" } }), observed })).toEqual([
      "REVOKE SELECT, DELETE ON `ap%`.* FROM 'sl_jane'@'%'",
      "REVOKE INSERT ON `app_prod`.* FROM 'sl_jane'@'%'",
      "REVOKE SELECT ON `app\\_prod`.* FROM 'sl_jane'@'%'",
      "GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'",
    ]);
  });

  it("makes equally specific rows equal before one is revoked, or creates the account again", () => {
    const roster = rosterOf({ sl_jane: { orders: "read" } });
    const tied = (...rows: ReturnType<typeof row>[]) =>
      sql({
        roster,
        observed: observedState([observedAccount("sl_jane", { databases: rows })], { partialRevokes: false }),
      });
    expect(tied(row("app%", "SELECT", "DELETE"), row("app_prod", "SELECT"))).toEqual([
      "REVOKE DELETE ON `app%`.* FROM 'sl_jane'@'%'",
      "REVOKE SELECT ON `app%`.* FROM 'sl_jane'@'%'",
      "REVOKE SELECT ON `app_prod`.* FROM 'sl_jane'@'%'",
      "GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'",
    ]);
    expect(tied(row("app%", "SELECT"), row("app_prod", "INSERT"))).toEqual([
      "DROP USER 'sl_jane'@'%'",
      "CREATE USER 'sl_jane'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
      "GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'",
    ]);
  });

  it("grants on the database what the account has on tables or globally before it revokes that", () => {
    const observed = observedState([
      observedAccount("sl_jane", {
        globalPrivileges: ["INSERT"],
        globalGrantOption: true,
        tables: [
          {
            database: "orders",
            table: "t",
            privileges: ["SELECT"],
            grantOption: false,
            columns: [{ privilege: "UPDATE", columns: ["a", "b`"] }],
          },
        ],
      }),
    ]);
    expect(sql({ roster: rosterOf({ sl_jane: { orders: "write" } }), observed })).toEqual([
      "GRANT SELECT, INSERT, UPDATE ON `orders`.* TO 'sl_jane'@'%'",
      "REVOKE INSERT, GRANT OPTION ON *.* FROM 'sl_jane'@'%'",
      "REVOKE SELECT, UPDATE (`a`, `b```) ON `orders`.`t` FROM 'sl_jane'@'%'",
    ]);
  });

  it("revokes dynamic privileges before the global grant option", () => {
    const observed = observedState([
      observedAccount("sl_jane", {
        databases: [row("orders", "SELECT")],
        globalGrantOption: true,
        dynamicPrivileges: [{ name: "CONNECTION_ADMIN", grantOption: true }],
      }),
    ]);
    expect(sql({ roster: rosterOf({ sl_jane: { orders: "read" } }), observed })).toEqual([
      "REVOKE CONNECTION_ADMIN ON *.* FROM 'sl_jane'@'%'",
      "REVOKE GRANT OPTION ON *.* FROM 'sl_jane'@'%'",
    ]);
  });

  it("drops previously declared accounts and those whose last grant expired, whatever `unmanaged` is", () => {
    const observed = observedState([
      observedAccount("sl_bob"),
      observedAccount("sl_eve", { databases: [row("orders", "SELECT")] }),
    ]);
    const roster = rosterOf({ sl_eve: { orders: { role: "read", expires: "2026-11-20T00:00:00Z" } } });
    const plan = assemble({ roster, observed, previouslyDeclared: ["sl_bob"] });
    expect(plan.statements.map(s => s.sql)).toEqual(["DROP USER 'sl_bob'@'%', 'sl_eve'@'%'"]);
    expect(plan.endSessions.map(a => a.user)).toEqual(["sl_bob", "sl_eve"]);
  });

  it.each([
    ["report", [], /it keeps its access/],
    ["lock", ["ALTER USER 'sl_mallory'@'%' ACCOUNT LOCK"], /it is locked/],
    ["remove", ["DROP USER 'sl_mallory'@'%'"], undefined],
  ] as const)(
    "treats an account that nobody ever declared by `unmanaged: %s`",
    (unmanaged, statements, note) => {
      const plan = assemble({
        roster: rosterOf({}),
        observed: observedState([observedAccount("sl_mallory")]),
        unmanaged,
      });
      expect(plan.statements.map(s => s.sql)).toEqual(statements);
      if (note) expect(plan.notes.join()).toMatch(note);
      else expect(plan.notes).toEqual([]);
    },
  );

  it("never touches accounts without the prefix, those of the server or its own, even with `remove`", () => {
    const observed = observedState(
      ["slack_bot", "sl_", "sl", "rdsadmin", "mysql.sys", "AWS_LAMBDA_ACCESS", "root", "sl_admin"].map(u =>
        observedAccount(u),
      ),
      {
        self: { user: "sl_admin", host: "%" },
      },
    );
    expect(
      assemble({
        roster: rosterOf({}),
        observed,
        unmanaged: "remove",
        previouslyDeclared: ["rdsadmin", "root", "slack_bot", "sl_admin"],
      }).statements,
    ).toEqual([]);
  });

  it("changes everybody else before it disables events, at most 1,000 of an account that has more", () => {
    const events = Array.from({ length: 2_000 }, (_, i) => definedObject(`EVENT orders.e${i}`));
    const observed = observedState([
      observedAccount("sl_bob", { definerOf: events.map(event => ({ ...event, enabled: true })) }),
      observedAccount("sl_eve"),
      observedAccount("sl_jane", { databases: [row("orders", "SELECT", "DELETE")] }),
    ]);
    const roster = rosterOf({ sl_jane: { orders: "read" }, sl_new: { orders: "read" } });
    const found = sql({ roster, observed, previouslyDeclared: ["sl_bob", "sl_eve"] });
    expect(found.slice(-1_000).every(statement => statement.endsWith("DISABLE"))).toBe(true);
    expect(found.slice(0, -1_000).map(statement => statement.split(" ", 2).join(" "))).toEqual([
      "ALTER USER",
      "DROP USER",
      "REVOKE DELETE",
      "CREATE USER",
      "GRANT SELECT",
    ]);
  });

  it("locks an account instead of dropping it if objects run with its rights, and names them", () => {
    const observed = observedState([
      observedAccount("sl_bob", {
        definerOf: [{ ...definedObject("EVENT orders.nightly"), enabled: true }],
        databases: [row("orders", "SELECT"), row("payroll", "SELECT")],
      }),
    ]);
    const blocked = assemble({ roster: rosterOf({}), observed, previouslyDeclared: ["sl_bob"] });
    const disable = "ALTER DEFINER = 'sl_bob'@'%' EVENT `orders`.`nightly` DISABLE";
    expect(blocked.statements.map(s => s.sql)).toEqual([
      "ALTER USER 'sl_bob'@'%' ACCOUNT LOCK",
      "REVOKE SELECT ON `payroll`.* FROM 'sl_bob'@'%'",
      disable,
    ]);
    expect(blocked.notes.join()).toMatch(/EVENT orders\.nightly: it is locked, not gone/);
    expect(blocked.notGone).toMatchObject([{ user: "sl_bob", objects: ["EVENT orders.nightly"] }]);
    expect(blocked.disables).toEqual(["'sl_bob'@'%' `orders`.`nightly`"]);
    const stripped = assemble({
      roster: rosterOf({}),
      observed,
      previouslyDeclared: ["sl_bob"],
      definers: "strip",
    });
    expect(stripped.statements.map(s => s.sql)).toEqual([
      "ALTER USER 'sl_bob'@'%' ACCOUNT LOCK",
      "REVOKE SELECT ON `orders`.* FROM 'sl_bob'@'%'",
      "REVOKE SELECT ON `payroll`.* FROM 'sl_bob'@'%'",
      disable,
    ]);
  });

  it("takes over an account with another plugin with a note, and ends its password before new grants", () => {
    const observed = observedState([
      observedAccount("sl_jane", {
        plugin: "caching_sha2_password",
        authenticationString: "x",
        locked: true,
      }),
    ]);
    const plan = assemble({ roster: rosterOf({ sl_jane: { orders: "read" } }), observed });
    expect(plan.statements.map(s => s.sql)).toEqual([
      "ALTER USER 'sl_jane'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0",
      "GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'",
      "ALTER USER 'sl_jane'@'%' ACCOUNT UNLOCK",
    ]);
    expect(plan.notes.join()).toMatch(/taken over/);
  });

  it("lets in who was kept out by a certificate after the revocations, at the declared host", () => {
    const databases = [row("orders", "SELECT"), row("payroll", "SELECT")];
    const observed = observedState([
      observedAccount("sl_jane", { host: "10.%", databases, tls: "X509", locked: true }),
    ]);
    expect(sql({ roster: rosterOf({ sl_jane: { orders: "read" } }), observed })).toEqual([
      "REVOKE SELECT ON `payroll`.* FROM 'sl_jane'@'10.%'",
      "RENAME USER 'sl_jane'@'10.%' TO 'sl_jane'@'%'",
      expect.stringContaining("ALTER USER 'sl_jane'@'%' IDENTIFIED WITH AWSAuthenticationPlugin"),
      "ALTER USER 'sl_jane'@'%' ACCOUNT UNLOCK",
    ]);
  });

  it("renames an account at one other host, and creates a locked one if there are several", () => {
    const roster = rosterOf({ sl_jane: { orders: "read" } });
    const one = observedState([
      observedAccount("sl_jane", { host: "10.%", databases: [row("orders", "SELECT")] }),
    ]);
    expect(sql({ roster, observed: one })).toEqual(["RENAME USER 'sl_jane'@'10.%' TO 'sl_jane'@'%'"]);
    const two = observedState([
      observedAccount("sl_jane", { host: "10.%" }),
      observedAccount("sl_jane", { host: "11.%" }),
    ]);
    expect(sql({ roster, observed: two, unmanaged: "remove" })).toEqual([
      "CREATE USER 'sl_jane'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL ACCOUNT LOCK",
      "GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'",
      "ALTER USER 'sl_jane'@'%' ACCOUNT UNLOCK",
      "DROP USER 'sl_jane'@'10.%', 'sl_jane'@'11.%'",
    ]);
  });

  it("only creates new accounts in an unseen set, and counts the waiting statements", () => {
    const observed = observedState([observedAccount("sl_bob"), observedAccount("sl_jane")]);
    const plan = assemble({
      roster: rosterOf({ sl_jane: { orders: "read" }, sl_new: { orders: "read" } }),
      observed,
      unmanaged: "remove",
      onlyCreate: true,
    });
    expect(plan.statements.map(s => s.sql)).toEqual([
      "CREATE USER 'sl_new'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
      "GRANT SELECT ON `orders`.* TO 'sl_new'@'%'",
    ]);
    expect(plan.waiting).toBe(2);
    expect(plan.endSessions).toEqual([]);
  });

  it("says nothing in an unseen set about existing accounts, because none of it happens", () => {
    const event = { ...definedObject("EVENT orders.e"), enabled: true as const };
    const bob = observedAccount("sl_bob", { definerOf: [event], globalGrantOption: true });
    const request = { roster: rosterOf({}), observed: observedState([bob]), unmanaged: "remove" as const };
    const said = { notGone: [expect.anything()], handsOn: ["sl_bob"], disables: [expect.anything()] };
    expect(assemble(request)).toMatchObject(said);
    expect(assemble({ ...request, onlyCreate: true })).toMatchObject({
      notGone: [],
      handsOn: [],
      disables: [],
    });
  });
});
