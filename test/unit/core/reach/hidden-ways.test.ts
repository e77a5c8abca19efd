import { reach } from "../../../../core/reach/reach";
import { row } from "../../../support/assemble";
import { observedAccount, observedState } from "../../../support/observed";
import { code, executes, reached, waysOf } from "./reached";

const routine = (name: string, body: string) => ({ ...code(name, body), type: "PROCEDURE" as const });
const RUNS_AS = "which runs as owner@%";

describe("who does not want to be listed", () => {
  it.each([
    ["behind one backtick in a comment", "BEGIN /*`*/SELECT(a)FROM(orders.customers);/*`*/ END"],
    ["behind one quote", `BEGIN SELECT '"'; SELECT(a)FROM(orders.customers); SELECT '"'; END`],
    ["in backticks, after one backtick", "BEGIN /*`*/ SELECT a FROM `customers`; END"],
  ])("hides no name %s", (_, body) => {
    expect(waysOf(executes, { routines: [routine("p", body)] })).toEqual([
      `may: procedure \`jobs\`.\`p\`, ${RUNS_AS}`,
    ]);
  });

  it.each([
    ["t\u20ac", "SELECT a FROM orders.t\u20ac"],
    ["my table", "/*`*/ SELECT a FROM `my table`"],
    ["a`b", "SELECT a FROM orders.`a``b`"],
  ])("hides no table with a strange name: %s", (table, body) => {
    const accounts = [
      observedAccount("owner", { databases: [row("orders", "SELECT")] }),
      observedAccount("sl_jane", executes),
    ];
    const found = reached(accounts, { routines: [routine("p", body)] }, {}, { database: "orders", table });
    expect(found["sl_jane"]!.ways).toHaveLength(1);
  });

  const calling = {
    ...code("totals"),
    isUpdatable: false,
    calls: [{ database: "jobs", name: "f" }],
    reads: [],
  };
  const f = { ...code("f", "RETURN (SELECT 1 FROM customers)"), type: "FUNCTION" as const };
  const readsView = (table: string) => ({
    tables: [{ database: "jobs", table, privileges: ["SELECT" as const], grantOption: false, columns: [] }],
  });

  it("is listed for a view whose function reads the table, on a view on it too, but not for another", () => {
    const outer = { ...calling, name: "outer", calls: [], reads: [{ database: "jobs", name: "totals" }] };
    const other = { ...calling, name: "other", calls: [{ database: "jobs", name: "g" }] };
    const facts = { routines: [f], views: [calling, outer, other] };
    for (const name of ["totals", "outer"])
      expect(waysOf(readsView(name), facts)).toEqual([
        `may: view \`jobs\`.\`${name}\` with functions, ${RUNS_AS}`,
      ]);
    expect(waysOf(readsView("other"), facts)).toEqual([]);
  });

  it("is listed for a procedure that fires a trigger, and for a view that somebody writes through", () => {
    const trigger = { ...code("t", "INSERT INTO orders.customers VALUES (1)"), table: "log", when: "INSERT" };
    const fires = routine("fires", "INSERT INTO log VALUES (1)");
    const owner = observedAccount("owner", {
      databases: [row("orders", "INSERT"), row("jobs", "INSERT")],
    });
    const view = {
      ...calling,
      name: "v",
      calls: [],
      reads: [{ database: "jobs", name: "log" }],
      isUpdatable: true,
    };
    const facts = { triggers: [trigger], routines: [fires], views: [view] };
    const found = (held: Parameters<typeof observedAccount>[1]) =>
      reached([owner, observedAccount("sl_jane", held)], facts)["sl_jane"]?.ways ?? [];
    expect(found(executes)).toEqual([`may: procedure \`jobs\`.\`fires\`, ${RUNS_AS}`]);
    const writes = { ...readsView("v").tables[0]!, privileges: ["INSERT" as const] };
    expect(found({ tables: [writes] })).toEqual([`may: view \`jobs\`.\`v\` with triggers, ${RUNS_AS}`]);
    expect(found(readsView("v"))).toEqual([]);
  });

  it("reads by a view only with its definer's default roles, though a login activates all", () => {
    const role = observedAccount("r", { databases: [row("orders", "SELECT")] });
    const view = {
      ...code("v"),
      isUpdatable: false,
      calls: [],
      reads: [{ database: "orders", name: "customers" }],
    };
    const found = (defaultRoles: { user: string; host: string }[]) =>
      reached(
        [
          role,
          observedAccount("owner", { roles: [{ user: "r", host: "%", adminOption: false }], defaultRoles }),
          observedAccount("sl_jane", readsView("v")),
        ],
        { views: [view], activatesAllRoles: true },
      )["sl_jane"]?.ways ?? [];
    expect(found([])).toEqual([]);
    expect(found([{ user: "r", host: "%" }])).toEqual([`SELECT on view \`jobs\`.\`v\`, ${RUNS_AS}`]);
  });

  it("is not listed for a mandatory role without a name of its own: the server gives it none", () => {
    const role = observedAccount("r", { databases: [row("orders", "SELECT")] });
    const found = reached([role, observedAccount("")], {}, { mandatoryRoles: [{ user: "r", host: "%" }] });
    expect(Object.keys(found)).toEqual(["r"]);
  });

  // Measured with partial_revokes OFF: the server takes one of the patterns, not always the same.
  it.each([
    ["with a role", [["a_b", "UPDATE"]], [["a%", "SELECT"]], ["may", "may"]],
    [
      "of its own, equally specific",
      [
        ["a_b", "UPDATE"],
        ["a%", "SELECT"],
      ],
      [],
      ["may", "may"],
    ],
    [
      "of its own, one more specific",
      [
        ["a_b", "UPDATE"],
        ["%", "SELECT"],
      ],
      [],
      ["can"],
    ],
    ["of one name", [["a%", "UPDATE"]], [["a%", "SELECT"]], ["can", "can"]],
    ["that all give it", [["a_b", "SELECT"]], [["a%", "SELECT"]], ["can", "can"]],
  ] as const)("may or may not use patterns that match as well: %s", (_, own, ofRole, certainties) => {
    const databases = (rows: readonly (readonly [string, "SELECT" | "UPDATE"])[]) => ({
      databases: rows.map(([pattern, privilege]) => row(pattern, privilege)),
    });
    const role = observedAccount("r1", databases(ofRole));
    const roles = ofRole.length > 0 ? [{ user: "r1", host: role.host, adminOption: false }] : [];
    const jane = observedAccount("sl_jane", { ...databases(own), roles, defaultRoles: roles });
    const observed = observedState([jane, role], { partialRevokes: false });
    const nothing = { activatesAllRoles: false, views: [], routines: [], triggers: [], events: [] };
    const rows = reach({ observed, ...nothing }, { database: "a_b", table: "t" });
    const ways = rows.find(({ user }) => user === "sl_jane")!.ways;
    const atLogin = ways.filter(({ kind, setRole }) => kind === "pattern" && !setRole);
    const byName = ways.filter(({ kind, setRole }) => kind === "database" && !setRole);
    expect([...atLogin, ...byName].map(({ certainty }) => certainty)).toEqual(certainties);
  });
});
