import { type HoldersBaseline, managedDatabases, reviewedAt } from "../../../../../core/decisions/holders";
import { rosterOf } from "../../../../support/observed";
import { shop } from "../../../reconciler/sources/source-fixture";
import { EARLIER, entryOf, LATER, NOW } from "../known";
import { compare, LINE, observed, PAYROLL, reaching, seenBefore } from "./holders-setup";

it("watches a database on under its first spelling where the server compares without case", () => {
  const caseless = { ...reaching, lowerCaseTableNames: 1 };
  for (const respelled of ["PAYROLL", "Payroll"]) {
    const { baseline, fresh } = compare(["orders", respelled], seenBefore("", ["orders", "payroll"]), {
      observed: caseless,
    });
    expect([baseline.databases, fresh]).toEqual([["orders", "payroll"], []]);
    const before = { ...seenBefore("", ["orders", "payroll"]), holders: {} };
    expect(compare(["orders", respelled], before, { observed: caseless }).fresh).toHaveLength(1);
  }
});

describe("the databases whose holders are watched", () => {
  const source = (name: string, ...databases: string[]) => ({ ...shop, name, databases });
  it.each<[string, Parameters<typeof entryOf>[0], string[]]>([
    ["of the roster", {}, ["orders"]],
    ["of the ceiling", { ceiling: { privileges: ["SELECT"], databases: ["crm"] } }, ["crm", "orders"]],
    [
      "of a source, also while its document names nobody",
      { sources: [source("a", "shop")] },
      ["orders", "shop"],
    ],
    [
      "of several sources",
      { sources: [source("a", "shop", "crm"), source("b", "shop", "orders")] },
      ["crm", "orders", "shop"],
    ],
  ])("are those %s", (_, entry, expected) =>
    expect(managedDatabases(rosterOf({ sl_a: { orders: "read" } }), entryOf(entry))).toEqual(expected),
  );
});

describe("a holder that no plan has shown, of a database that leaves the roster,", () => {
  const since = String(EARLIER);
  const canGrant = "'shopapp'@'%' can grant on payroll";
  it.each<[string, object, string, string]>([
    ["a privilege", { database: "payroll", privileges: ["SELECT"] }, PAYROLL, LINE],
    ["GRANT OPTION", { database: "payroll", grantOption: true }, canGrant, canGrant],
    ["a row of a pattern", { database: "pay%", privileges: ["SELECT"] }, PAYROLL, LINE],
  ])("stays unseen, and is no news when the database returns: %s", (_, grant, recorded, holder) => {
    const baseline = { ...seenBefore(since), holders: { [recorded]: since } };
    const away = compare(["orders"], baseline, { observed: observed(grant) });
    expect(away).toMatchObject({ fresh: [], unseen: [{ holder, since }] });
    const back = compare(["orders", "payroll"], away.baseline, { observed: observed(grant) });
    expect(back).toMatchObject({ fresh: [], unseen: [{ holder, since }] });
  });

  it("leaves with it once it is gone, or once a plan has shown it", () => {
    const revoked = compare(["orders"], seenBefore(since), { observed: observed() });
    const accepted = compare(["orders"], seenBefore(since), { reviewedAt: NOW });
    for (const { baseline, unseen } of [revoked, accepted]) {
      expect(unseen).toEqual([]);
      const next = compare(["orders"], baseline, { observed: reaching });
      expect(next).toMatchObject({ unseen: [], baseline: { databases: ["orders"], holders: {} } });
    }
  });

  it("does not hide who comes while the database is away", () => {
    const away = compare(["orders"], seenBefore(since));
    const privileges = ["SELECT"];
    const partner = { account: { user: "partner", host: "%" }, database: "payroll", privileges };
    const both = observed({ database: "payroll", privileges }, partner);
    const back = compare(["orders", "payroll"], away.baseline, { observed: both });
    expect(back.fresh).toEqual([{ holder: "'partner'@'%' reaches payroll (SELECT)", since: undefined }]);
  });

  it.each([
    ["that a plan has shown", seenBefore("")],
    ["of which nobody knew", { ...seenBefore(since), holders: {} }],
    ["of a list that somebody else wrote", { ...seenBefore(since), unproven: "invalid" as const }],
  ])("is not one %s", (_, baseline) =>
    expect(compare(["orders"], baseline)).toMatchObject({ unseen: [], baseline: { holders: {} } }),
  );
});

describe("an account that got more than it had", () => {
  const table = { database: "payroll", object: { kind: "TABLE", name: "t" } };
  const select = { database: "payroll", privileges: ["SELECT"] };
  const linesOf = (baseline: HoldersBaseline, ...grants: object[]) =>
    compare(["payroll"], baseline, { observed: observed(...grants) }).fresh.map(({ holder }) => holder);

  it.each<[string, object[], string[]]>([
    ["nothing", [select], []],
    ["a privilege", [{ ...select, privileges: ["SELECT", "INSERT"] }], ["reaches payroll (INSERT)"]],
    ["a privilege instead", [{ ...select, privileges: ["INSERT"] }], ["reaches payroll (INSERT)"]],
    ["a table", [select, { ...table, privileges: ["INSERT"] }], ["reaches payroll (INSERT on TABLE `t`)"]],
    ["what the database's row includes", [select, { ...table, privileges: ["SELECT"] }], []],
    [
      "GRANT OPTION on a table",
      [select, { ...table, grantOption: true }],
      ["can grant on payroll (on TABLE `t`)"],
    ],
    [
      "a column",
      [
        select,
        { database: "payroll", object: { kind: "TABLE", name: "t", column: "a" }, privileges: ["UPDATE"] },
      ],
      ["reaches payroll (UPDATE on TABLE `t` (`a`))"],
    ],
    [
      "a routine, whose name does not pass for another",
      [
        select,
        {
          database: "payroll",
          object: { kind: "FUNCTION", name: "a` on TABLE `b" },
          privileges: ["EXECUTE"],
        },
      ],
      ["reaches payroll (EXECUTE on FUNCTION `a`` on TABLE ``b`)"],
    ],
    ["everything", [select, { privileges: ["SELECT"] }], ["reaches *.* (SELECT)"]],
  ])("is reported with that, and with nothing else: %s", (_, grants, expected) =>
    expect(linesOf(seenBefore(""), ...grants)).toEqual(expected.map(line => `'shopapp'@'%' ${line}`)),
  );

  it.each<[string, object, string[]]>([
    ["has the prefix, and nobody declared it", { user: "sl_backup", host: "%" }, ["'sl_backup'@'%'"]],
    ["has a declared name, at another host", { user: "sl_bob", host: "10.%" }, ["'sl_bob'@'10.%'"]],
    ["is managed", { user: "sl_bob", host: "%" }, []],
    ["looks like the server's own", { user: "rds_reports", host: "%" }, ["'rds_reports'@'%'"]],
    ["everybody is", { user: "", host: "%" }, ["''@'%' (everybody)"]],
    ["is the administrator", { user: "admin", host: "%" }, []],
  ])("is reported also if it %s", (_, account, expected) => {
    expect(linesOf(seenBefore(""), { ...select, account })).toEqual(
      expected.map(name => `${name} reaches payroll (SELECT)`),
    );
    // A release that did not watch it says nothing about it.
    const earlier = { databases: ["payroll"], kinds: ["reaches"], holders: {} };
    expect(linesOf(earlier, { ...select, account })).toEqual([]);
  });

  describe("of all databases", () => {
    const restricted = (...databases: string[]) => ({
      privileges: ["SELECT", "INSERT"],
      restrictions: databases.map(database => ({ database, privileges: ["SELECT", "INSERT"] })),
    });
    const known = (...grants: object[]) =>
      compare(
        ["payroll"],
        { ...seenBefore(""), holders: {} },
        { observed: observed(...grants), reviewedAt: NOW },
      );

    it("is reported once a partial revoke is lifted, and not when one is added", () => {
      const { baseline } = known(restricted("payroll"));
      expect(linesOf(baseline, restricted("payroll"))).toEqual([]);
      const lifted = ["'shopapp'@'%' reaches payroll (INSERT, SELECT)"];
      expect(linesOf(baseline, restricted())).toEqual(lifted);
      expect(linesOf(baseline, restricted("orders"))).toEqual(lifted);
      expect(linesOf(known(restricted()).baseline, restricted("payroll"))).toEqual([]);
    });

    it("is one line, not one for each database", () =>
      expect(linesOf(seenBefore(""), restricted())).toEqual(["'shopapp'@'%' reaches *.* (INSERT, SELECT)"]));

    it("is not new for a release that compared no privileges", () => {
      const holders = { "'shopapp'@'%' reaches *.*": "" };
      const earlier = { databases: ["payroll"], kinds: ["reaches"], holders };
      expect(linesOf(earlier, restricted())).toEqual([]);
    });
  });

  it("is one line that begins with what reaches the whole database", () => {
    const columns = ["a", "b", "c", "d", "e", "f"].map(column => ({
      ...table,
      object: { kind: "TABLE", name: "t", column },
      privileges: ["INSERT"],
    }));
    const whole = { database: "payroll", privileges: ["SELECT", "UPDATE"] };
    const [line] = linesOf(seenBefore(""), ...columns, whole);
    expect(line).toMatch(
      /^'shopapp'@'%' reaches payroll \(UPDATE, INSERT on TABLE `t` \(`a`\), .* and 2 more\)$/,
    );
  });

  it("is one line, which names a few of many tables", () => {
    const many = Array.from({ length: 9 }, (_, at) => ({
      ...table,
      object: { kind: "TABLE", name: `t${at}` },
      privileges: ["INSERT"],
    }));
    const [line, ...others] = linesOf(seenBefore(""), select, ...many);
    expect(line).toMatch(/^'shopapp'@'%' reaches payroll \(INSERT on TABLE `t0`, .* and 4 more\)$/);
    expect(others).toEqual([]);
  });

  it("is not reported for what it had when a release looked that did not compare privileges", () => {
    const before = { databases: ["payroll"], kinds: ["reaches", "can grant on", "can act as"] };
    const known = { ...before, holders: { "'shopapp'@'%' reaches payroll": "" } };
    const all = [
      { ...select, privileges: ["SELECT", "INSERT"] },
      { ...table, grantOption: true },
    ];
    expect(linesOf(known, ...all)).toEqual(["'shopapp'@'%' can grant on payroll (on TABLE `t`)"]);
    const first = compare(["payroll"], known, { observed: observed(all[0]!) });
    expect(linesOf(first.baseline, { ...select, privileges: ["SELECT", "INSERT", "UPDATE"] })).toEqual([
      "'shopapp'@'%' reaches payroll (UPDATE)",
    ]);
  });
});

describe("an apply accepts the holders that were recorded when its plan looked", () => {
  const body = (status: string, plannedAt = String(LATER)) => ({ status, plannedAt }) as never;
  it.each<[string, boolean, boolean]>([
    ["changes", true, true],
    ["none", true, true],
    ["unseen", true, false],
    ["unverified", true, false],
    ["refused", true, false],
    ["changes", false, false],
    ["none", false, false],
  ])("%s, gate known: %s: %s", (status, isGateKnown, accepts) => {
    const at = reviewedAt(body(status), isGateKnown);
    expect(at?.toISOString()).toBe(accepts ? new Date(LATER!).toISOString() : undefined);
    const { unseen } = compare(["payroll"], seenBefore(NOW.toISOString()), { reviewedAt: at });
    expect(unseen).toHaveLength(accepts ? 0 : 1);
  });
});
