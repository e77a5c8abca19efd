import { effectsOf, type ObservedAccount, unpermitted } from "../../../../core/mysql";
import { assemble, row, sql } from "../../../support/assemble";
import { definedObject, observedState, rosterOf, withOptions } from "../../../support/observed";
import { at, bobAt, declaredAt, GRANT, LOGIN, planned, TWO } from "./bob";

describe("accounts of declared hosts", () => {
  it("are all created, and nothing is done once they are there", () => {
    expect(planned(bobAt(TWO), [])).toEqual([
      `CREATE USER 'sl_bob'@'10.%' ${LOGIN}, 'sl_bob'@'192.168.%' ${LOGIN} REQUIRE SSL`,
      `${GRANT} 'sl_bob'@'10.%', 'sl_bob'@'192.168.%'`,
    ]);
    expect(
      planned(
        bobAt(TWO),
        TWO.map(host => at(host, "SELECT")),
      ),
    ).toEqual([]);
  });

  it("one host that becomes another is a rename, and ends sessions", () => {
    const plan = assemble({ roster: bobAt(["10.%"]), observed: observedState([at("%", "SELECT")]) });
    expect(plan.statements.map(one => one.sql)).toEqual(["RENAME USER 'sl_bob'@'%' TO 'sl_bob'@'10.%'"]);
    expect(plan.endSessions).toMatchObject([{ user: "sl_bob", host: "%" }]);
    expect(planned(bobAt(undefined), [at("10.%", "SELECT")])).toEqual([
      "RENAME USER 'sl_bob'@'10.%' TO 'sl_bob'@'%'",
    ]);
  });

  it("a new host is made where no client is, and takes its place complete; then the former one goes", () => {
    const roster = bobAt(TWO);
    const plan = assemble({ roster, observed: observedState([at("%", "SELECT")]), ...declaredAt("%") });
    const staged = "'sl_bob'@'10.%.invalid'";
    const other = "'sl_bob'@'192.168.%.invalid'";
    expect(plan.statements.map(one => one.sql)).toEqual([
      `CREATE USER ${staged} ${LOGIN}, ${other} ${LOGIN} REQUIRE SSL`,
      `${GRANT} ${staged}, ${other}`,
      `RENAME USER ${staged} TO 'sl_bob'@'10.%'`,
      `RENAME USER ${other} TO 'sl_bob'@'192.168.%'`,
      "ALTER USER 'sl_bob'@'10.%', 'sl_bob'@'192.168.%' ACCOUNT UNLOCK",
      "REVOKE SELECT ON `orders`.* FROM 'sl_bob'@'%'",
      "DROP USER 'sl_bob'@'%'",
    ]);
    // The former one stays until its successors are complete.
    expect(plan.statements.map(one => one.successor)).toEqual([
      ...[undefined, undefined, undefined, undefined, undefined, "sl_bob", "sl_bob"],
    ]);
    expect(plan.endSessions).toMatchObject([{ user: "sl_bob", host: "%" }]);
    expect(effectsOf(plan.statements[2]!.sql)).toEqual([`rename|${staged}|'sl_bob'@'10.%'`]);
  });

  it("`%` next to others is created locked, and unlocked complete", () => {
    expect(planned(bobAt(["%", "10.%"]), [at("10.%", "SELECT")])).toEqual([
      `CREATE USER 'sl_bob'@'%' ${LOGIN} REQUIRE SSL ACCOUNT LOCK`,
      `${GRANT} 'sl_bob'@'%'`,
      "ALTER USER 'sl_bob'@'%' ACCOUNT UNLOCK",
    ]);
  });

  it("one that is no longer declared goes whatever `unmanaged` says, and one that never was as it says", () => {
    const accounts = TWO.map(host => at(host, "SELECT"));
    const gone = ["REVOKE SELECT ON `orders`.* FROM 'sl_bob'@'192.168.%'", "DROP USER 'sl_bob'@'192.168.%'"];
    expect(planned(bobAt(["10.%"]), accounts, declaredAt("192.168.%"))).toEqual(gone);
    expect(planned(bobAt(["10.%"]), accounts)).toEqual([]);
    expect(planned(bobAt(["10.%"]), accounts, { unmanaged: "lock" })).toEqual([
      "ALTER USER 'sl_bob'@'192.168.%' ACCOUNT LOCK",
    ]);
    const { notes } = assemble({ roster: bobAt(TWO), observed: observedState([...accounts, at("%")]) });
    expect(notes.join()).toContain("only 'sl_bob'@'10.%', 'sl_bob'@'192.168.%' are declared");
    expect(notes.join()).toContain("also count for 'sl_bob'@'10.%', 'sl_bob'@'192.168.%'.");
  });

  it("of one that nobody declared, the plan says which its rights reach, and that a lock does not stop them", () => {
    const notesFor = (unmanaged: "report" | "lock" | "remove", host: string, more = {}) => {
      const found = [at("10.%", "SELECT"), { ...at(host, "SELECT"), ...more }];
      const { notes } = assemble({ roster: bobAt(["10.%"]), observed: observedState(found), unmanaged });
      return notes.join();
    };
    const COUNT = "its rights on databases also count for 'sl_bob'@'10.%'";
    const ADVICE = 'drop it by hand, or set `unmanaged` to "remove".';
    expect(notesFor("report", "%")).toContain(`${COUNT}. Declare it, ${ADVICE}`);
    expect(notesFor("report", "10.1.%")).toContain('or set `unmanaged` to "lock" or "remove".');
    for (const locked of [false, true])
      expect(notesFor("lock", "%", { locked })).toContain(
        `dropped. Also while it is locked, ${COUNT}: revoke them, ${ADVICE}`,
      );
    const kept = { definerOf: [definedObject("VIEW orders.v")] };
    expect(notesFor("remove", "%", kept)).toContain(`What it keeps also counts for 'sl_bob'@'10.%'.`);
    for (const unmanaged of ["lock", "remove"] as const)
      expect(notesFor(unmanaged, "10.1.%", kept)).not.toContain("also count");
    expect(notesFor("remove", "%")).toBe("");
  });

  it("what an earlier run left in the making is made again, and ends no session", () => {
    const roster = bobAt(TWO);
    const accounts = [at("10.%", "SELECT"), at("192.168.%.invalid")];
    const plan = assemble({ roster, observed: observedState(accounts) });
    expect(plan.statements.map(one => one.sql.split(" ")[0])).toEqual([
      "DROP",
      "CREATE",
      "GRANT",
      "RENAME",
      "ALTER",
    ]);
    expect(plan.endSessions).toEqual([]);
  });

  it("one that is dropped and created again is staged, since logins of others go on", () => {
    const role = { user: "app", host: "%", adminOption: false };
    const stuck = (host: string) => ({ ...at(host, "SELECT"), roles: [role] });
    const run = (hosts: readonly string[], accounts: ObservedAccount[]) =>
      sql({ roster: bobAt(hosts), observed: observedState(accounts, { revocableRoles: [] }) });
    expect(run(["%", "10.%"], [at("%", "SELECT"), stuck("10.%")])).toEqual([
      "DROP USER 'sl_bob'@'10.%'",
      expect.stringMatching(/^CREATE USER 'sl_bob'@'10.%.invalid'/),
      `${GRANT} 'sl_bob'@'10.%.invalid'`,
      "RENAME USER 'sl_bob'@'10.%.invalid' TO 'sl_bob'@'10.%'",
      "ALTER USER 'sl_bob'@'10.%' ACCOUNT UNLOCK",
    ]);
    expect(run(["%", "10.%"], [stuck("%"), at("10.%", "SELECT")])).toEqual([
      "DROP USER 'sl_bob'@'%'",
      expect.stringMatching(/^CREATE USER 'sl_bob'@'%' .* ACCOUNT LOCK$/),
      `${GRANT} 'sl_bob'@'%'`,
      "ALTER USER 'sl_bob'@'%' ACCOUNT UNLOCK",
    ]);
    expect(run(["10.%"], [stuck("10.%")])).toHaveLength(3);
  });

  it("lose on all hosts before any gets something, the farthest first", () => {
    const hosts = ["%", "10.%", "10.1.%"];
    const accounts = hosts.map(host => at(host, "SELECT", "DELETE"));
    expect(planned(bobAt(hosts, { orders: "read", billing: "read" }), accounts)).toEqual([
      "REVOKE DELETE ON `orders`.* FROM 'sl_bob'@'%'",
      "REVOKE DELETE ON `orders`.* FROM 'sl_bob'@'10.%'",
      "REVOKE DELETE ON `orders`.* FROM 'sl_bob'@'10.1.%'",
      "GRANT SELECT ON `billing`.* TO 'sl_bob'@'%', 'sl_bob'@'10.%', 'sl_bob'@'10.1.%'",
    ]);
  });

  it("are locked together, and wait for no complete one when they are suspended", () => {
    const roster = withOptions(bobAt(TWO), "sl_bob", { suspended: true, hosts: TWO });
    const run = planned(roster, [at("%", "SELECT")], declaredAt("%"));
    expect(run).toEqual([
      "ALTER USER 'sl_bob'@'%' ACCOUNT LOCK",
      expect.stringMatching(/^CREATE USER 'sl_bob'@'10.%'.*'sl_bob'@'192.168.%'.* ACCOUNT LOCK$/),
      `${GRANT} 'sl_bob'@'10.%', 'sl_bob'@'192.168.%'`,
      "REVOKE SELECT ON `orders`.* FROM 'sl_bob'@'%'",
      "DROP USER 'sl_bob'@'%'",
    ]);
  });

  it("if one cannot be created, the former one stays and only loses", () => {
    const observed = observedState([at("10.%", "SELECT"), at("%", "SELECT", "DELETE")], {
      orphanedDefiners: [{ user: "sl_bob", host: "192.168.%", objects: [definedObject("VIEW orders.v")] }],
    });
    const plan = assemble({ roster: bobAt(TWO), observed, ...declaredAt("%") });
    expect(plan.statements.map(one => one.sql)).toEqual(["REVOKE DELETE ON `orders`.* FROM 'sl_bob'@'%'"]);
    expect([...plan.leftOut.keys()]).toEqual(["sl_bob"]);
  });

  describe("at a former host, one that cannot be dropped", () => {
    const ended = { role: "write", expires: "2026-11-19T00:00:00Z" };
    const over = (hosts: string[]) =>
      withOptions(rosterOf({ sl_bob: { orders: "read", payroll: ended } }), "sl_bob", { hosts });
    const maker = (host: string, more: Partial<ObservedAccount> = {}) => ({
      ...at(host, "SELECT", "DELETE"),
      definerOf: [definedObject("VIEW orders.v")],
      ...more,
    });
    const GIVE = "it is the DEFINER of VIEW orders.v. Give them another definer, then apply again";
    const REVOKE = (host: string) => `REVOKE DELETE ON \`orders\`.* FROM 'sl_bob'@'${host}'`;

    it.each([
      ["to nearer ones", "%", ["10.%"]],
      ["to farther ones", "10.20.%", ["10.%"]],
      ["to several", "10.20.%", TWO],
    ])("stays as declared, %s: the user is left out, and nothing is made", (_what, from, to) => {
      for (const definers of ["block", "strip"] as const) {
        const request = { roster: bobAt(to), observed: observedState([maker(from)]), ...declaredAt(from) };
        const plan = assemble({ ...request, definers });
        expect(plan.statements.map(one => one.sql)).toEqual([REVOKE(from)]);
        expect(plan.leftOut.get("sl_bob")).toContain(`'sl_bob'@'${from}' stays: ${GIVE}`);
        expect(plan.notGone).toEqual([]);
      }
    });

    it("gets nothing new there, and others of the user wait with it if a declared one is missing", () => {
      const roster = bobAt(["10.%", "::1"], { orders: "write", billing: "read" });
      const accounts = [maker("%"), at("192.168.%", "SELECT", "DELETE"), at("10.%", "SELECT")];
      const more = declaredAt("%", "192.168.%");
      expect(planned(roster, accounts, more)).toEqual([
        REVOKE("%"),
        REVOKE("192.168.%"),
        "GRANT INSERT, UPDATE ON `orders`.* TO 'sl_bob'@'10.%'",
        "GRANT SELECT ON `billing`.* TO 'sl_bob'@'10.%'",
      ]);
      expect(planned(bobAt(["10.%"]), accounts, more)).toEqual([
        REVOKE("%"),
        "REVOKE SELECT, DELETE ON `orders`.* FROM 'sl_bob'@'192.168.%'",
        "DROP USER 'sl_bob'@'192.168.%'",
      ]);
    });

    it("loses what has ended, also if it is locked, and is locked when all has", () => {
      const databases = [row("orders", "SELECT"), row("payroll", "SELECT", "INSERT")];
      const take = "REVOKE SELECT, INSERT ON `payroll`.* FROM 'sl_bob'@'%'";
      for (const locked of [false, true]) {
        const definerOf = [definedObject("VIEW payroll.v")];
        const accounts = [maker("%", { databases, definerOf, locked }), at("10.%", "SELECT")];
        expect(planned(over(["10.%"]), accounts, declaredAt("%"))).toEqual([take]);
      }
      const none = withOptions(rosterOf({ sl_bob: { orders: ended } }), "sl_bob", { hosts: ["10.%"] });
      expect(planned(none, [maker("%")], declaredAt("%"))).toEqual(["ALTER USER 'sl_bob'@'%' ACCOUNT LOCK"]);
    });

    it("is locked where the user is suspended", () => {
      const roster = withOptions(bobAt(["10.%"]), "sl_bob", { suspended: true, hosts: ["10.%"] });
      const run = planned(roster, [maker("%")], declaredAt("%"));
      expect(run).toEqual(["ALTER USER 'sl_bob'@'%' ACCOUNT LOCK", REVOKE("%")]);
    });

    it("is a mandatory role, one that others have, or one whose objects are not seen, just so", () => {
      const [plain, boss] = [at("%", "SELECT"), { user: "boss", host: "%" }];
      const lack = { privilege: "SHOW VIEW", on: "*.*", purpose: "see views", showsDefiners: true };
      const why = (account: ObservedAccount, more: Parameters<typeof observedState>[1] = {}) => {
        const observed = observedState([account], more);
        const plan = assemble({ roster: bobAt(["10.%"]), observed, ...declaredAt("%") });
        expect(plan.statements).toEqual([]);
        return plan.leftOut.get("sl_bob");
      };
      expect(why(plain, { mandatoryRoles: [plain] })).toContain("Take it out of mandatory_roles");
      expect(why({ ...plain, members: [boss] })).toContain("Revoke it from them");
      expect(why(plain, { lacks: [lack] })).toContain("Give the administrator the rights that it lacks");
    });
  });

  it("of a person who is renamed all move, and what is missing is created", () => {
    const roster = withOptions(rosterOf({ sl_rob: { orders: "read" } }), "sl_rob", {
      formerly: "sl_bob",
      hosts: [...TWO, "::1"],
    });
    const accounts = [...TWO, "127.%"].map(host => at(host, "SELECT"));
    const more = { previouslyDeclared: ["sl_bob"] };
    expect(planned(roster, accounts, more)).toEqual([
      "RENAME USER 'sl_bob'@'10.%' TO 'sl_rob'@'10.%'",
      "RENAME USER 'sl_bob'@'192.168.%' TO 'sl_rob'@'192.168.%'",
      expect.stringMatching(/^CREATE USER 'sl_rob'@'::1.invalid'/),
      `${GRANT} 'sl_rob'@'::1.invalid'`,
      "RENAME USER 'sl_rob'@'::1.invalid' TO 'sl_rob'@'::1'",
      "ALTER USER 'sl_rob'@'::1' ACCOUNT UNLOCK",
      "DROP USER 'sl_bob'@'127.%'",
    ]);
  });

  it("an apply may take what ended since the plan, and lock a suspended account, at each host", () => {
    const ended = { orders: { role: "read", expires: "2026-01-01T00:00:00Z" } };
    const roster = withOptions(rosterOf({ sl_bob: ended }), "sl_bob", { hosts: TWO, suspended: true });
    const isUnshown = unpermitted({
      roster,
      shown: [],
      now: new Date("2026-11-20T00:00:00Z"),
      names: { partialRevokes: true, lowerCaseTableNames: 0 },
    });
    for (const host of TWO) {
      expect(isUnshown(`REVOKE SELECT ON \`orders\`.* FROM 'sl_bob'@'${host}'`)).toEqual([]);
      expect(isUnshown(`ALTER USER 'sl_bob'@'${host}' ACCOUNT LOCK`)).toEqual([]);
    }
    expect(isUnshown("ALTER USER 'sl_bob'@'%' ACCOUNT LOCK")).toHaveLength(1);
  });

  it("an apply may also take what ended, and lock, at a host that the plan renames", () => {
    const rename = "RENAME USER 'sl_bob'@'%' TO 'sl_bob'@'10.%'";
    const names = { partialRevokes: true, lowerCaseTableNames: 0 };
    const unshown = (grants: object, statement: string, shown = [rename], options = {}) => {
      const of = rosterOf({ sl_bob: grants as { orders: "read" } });
      const roster = withOptions(of, "sl_bob", { hosts: ["10.%"], ...options });
      return unpermitted({ roster, shown, now: new Date("2026-11-20T00:00:00Z"), names })(statement);
    };
    const payroll = { payroll: { role: "read", expires: "2026-01-01T00:00:00Z" } };
    const some = { orders: "read", ...payroll };
    const REVOKE = "REVOKE SELECT ON `payroll`.* FROM";
    const DROP = "DROP USER 'sl_bob'@'%'";
    expect(unshown(some, `${REVOKE} 'sl_bob'@'%'`)).toEqual([]);
    expect(unshown(payroll, DROP)).toEqual([]);
    expect(unshown(some, "ALTER USER 'sl_bob'@'%' ACCOUNT LOCK", [rename], { suspended: true })).toEqual([]);
    expect(unshown(some, `${REVOKE} 'sl_bob'@'%'`, [])).toHaveLength(1);
    expect(unshown(some, `${REVOKE} 'sl_bob'@'127.%'`)).toHaveLength(1);
    expect(unshown(some, "REVOKE SELECT ON `orders`.* FROM 'sl_bob'@'%'")).toHaveLength(1);
    expect(unshown(some, DROP)).toHaveLength(1);
  });
});
