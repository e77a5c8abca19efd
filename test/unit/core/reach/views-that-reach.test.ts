import type { ObservedAccount } from "../../../../core/mysql";
import { row } from "../../../support/assemble";
import { observedAccount } from "../../../support/observed";
import { code, customers, definer, executes, reached, view, waysOf } from "./reached";

const of = (name: string, database = "jobs") => ({ database, name });
const onTable = (table: string, ...privileges: readonly string[]) => ({
  tables: [{ database: "jobs", table, privileges, grantOption: false, columns: [] }],
});
const RUNS_AS = "which runs as owner@%";
/** The ways of `sl_jane`, where the owner of all objects holds this. */
const waysWith = (owner: Partial<ObservedAccount>, jane: Partial<ObservedAccount>, facts: object) =>
  reached([observedAccount("owner", owner), observedAccount("sl_jane", jane)], facts)["sl_jane"]?.ways ?? [];

describe("the views that reach a table", () => {
  const both = { databases: [row("orders", "SELECT", "UPDATE"), row("jobs", "SELECT", "UPDATE")] };

  it("includes views on views, and one that names itself is none", () => {
    const outer = view("outer", { reads: [of("inner")] });
    expect(waysWith(both, onTable("outer", "SELECT"), { views: [outer, view("inner")] })).toEqual([
      `SELECT on view \`jobs\`.\`outer\`, ${RUNS_AS}`,
    ]);
    const circle = view("inner", { reads: [customers, of("outer")] });
    expect(waysWith(both, onTable("outer", "SELECT"), { views: [outer, circle] })).toEqual([]);
  });

  it("is a `may` where the definer has columns only, or one table of a join is changed", () => {
    const columns = [{ privilege: "SELECT", columns: ["id"] }];
    const ofColumns = {
      tables: [{ database: "orders", table: "customers", privileges: [], grantOption: false, columns }],
    };
    expect(waysWith(ofColumns, onTable("v", "SELECT"), { views: [view("v")] })).toEqual([
      `may: SELECT on view \`jobs\`.\`v\`, ${RUNS_AS}`,
    ]);
    const join = view("v", { reads: [customers, of("other", "orders")] });
    expect(waysWith(both, onTable("v", "SELECT", "UPDATE"), { views: [join] })).toEqual([
      `SELECT on view \`jobs\`.\`v\`, ${RUNS_AS}`,
      `may: UPDATE on view \`jobs\`.\`v\`, ${RUNS_AS}`,
    ]);
  });

  it("needs each table of a view, but not those that its functions read, nor those of the server", () => {
    const reads = [customers, of("t", "secret")];
    const found = (more: object) => waysWith(both, onTable("v", "SELECT"), { views: [view("v", more)] });
    expect(found({ reads })).toEqual([]);
    expect(found({ reads, calls: [of("f")] })).toEqual([`may: SELECT on view \`jobs\`.\`v\`, ${RUNS_AS}`]);
    expect(found({ reads: [customers, of("tables", "INFORMATION_SCHEMA")] })).toEqual([
      `SELECT on view \`jobs\`.\`v\`, ${RUNS_AS}`,
    ]);
  });
});

describe("the code that reaches a table", () => {
  const procedure = (name: string, body: string) => ({ ...code(name, body), type: "PROCEDURE" as const });

  it("names a view in place of the table, and its definer may read by a view only", () => {
    const views = [view("v", { definer: "root@%" })];
    const root = observedAccount("root", { globalPrivileges: ["SELECT"] });
    const owner = observedAccount("owner", onTable("v", "SELECT"));
    const found = reached([root, owner, observedAccount("sl_jane", executes)], {
      views,
      routines: [procedure("p", "SELECT * FROM v")],
    });
    expect(found["sl_jane"]!.ways).toEqual([`may: procedure \`jobs\`.\`p\`, ${RUNS_AS}`]);
  });

  it("is run by a view with the rights of those who use it only if they reach it by themselves", () => {
    const f = { ...code("f", "RETURN (SELECT 1 FROM customers)"), type: "FUNCTION" as const };
    const asks = (isInvoker: boolean) => ({
      routines: [f],
      views: [view("asks", { reads: [], calls: [of("f")], isInvoker })],
    });
    expect(waysOf(onTable("asks", "SELECT"), asks(true))).toEqual([]);
    expect(waysOf(onTable("asks", "SELECT"), asks(false))).toHaveLength(1);
  });

  it("is run by who writes through a view on a view on a table with a trigger", () => {
    const triggers = [
      { ...code("t", "INSERT INTO orders.customers VALUES (1)"), table: "log", when: "INSERT" },
    ];
    const views = [view("outer", { reads: [of("inner")] }), view("inner", { reads: [of("log")] })];
    expect(waysOf(onTable("outer", "INSERT"), { triggers, views })).toEqual([
      `may: view \`jobs\`.\`outer\` with triggers, ${RUNS_AS}`,
    ]);
  });

  it("counts in the database that is asked about, whatever its text says", () => {
    const routines = [procedure("p", "SELECT * FROM items")];
    const found = (database: string) =>
      reached(
        [observedAccount("owner", { globalPrivileges: ["SELECT"] }), observedAccount("sl_jane", executes)],
        {
          routines,
        },
        {},
        { database },
      )["sl_jane"]?.ways ?? [];
    expect(found("jobs")).toHaveLength(1);
    expect(found("orders")).toEqual([]);
  });

  it("is executed by a grant on it, in any case, and by none on a function of that name", () => {
    const routines = [procedure("report", "SELECT * FROM customers")];
    const grant = (routine: string, type: "PROCEDURE" | "FUNCTION") => ({
      routines: [{ database: "jobs", routine, type, privileges: ["EXECUTE"], grantOption: false }],
    });
    expect(waysOf(grant("REPORT", "PROCEDURE"), { routines })).toHaveLength(1);
    expect(waysOf(grant("report", "FUNCTION"), { routines })).toEqual([]);
  });

  it("compares tables of grants as the server does", () => {
    const tables = onTable("CUSTOMERS", "SELECT").tables.map(one => ({ ...one, database: "ORDERS" }));
    const found = (lowerCaseTableNames: number) =>
      reached([definer, observedAccount("sl_jane", { tables })], {}, { lowerCaseTableNames })["sl_jane"];
    expect(found(0)).toBeUndefined();
    expect(found(1)!.ways).toHaveLength(1);
  });
});
