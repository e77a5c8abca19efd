import fc from "fast-check";
import { parseCsv } from "../../../../core/import/csv";
import { csvText } from "../../../../core/matrix/csv-text";
import { grantText, lastDay, matrixCells, matrixOf } from "../../../../core/matrix/matrix";
import { matrixTables } from "../../../../core/matrix/matrix-tables";
import type { AccessRow } from "../../../../core/roster/access-rows";
import { hostileStrings } from "../../../support/hostile-strings";

const TIMES = { now: new Date("2026-11-20T12:00:00Z"), soon: new Date("2026-12-20T12:00:00Z") };
const row = (user: string, database: string, more: Partial<AccessRow> = {}): AccessRow => ({
  account: `sl_${user}`,
  user,
  cluster: "orders",
  database,
  role: "read",
  ...more,
});

describe("the matrix", () => {
  it("has people by databases in order, what is of the whole server last", () => {
    const found = matrixOf(
      [
        row("zoe", "b"),
        row("bob", "*", { object: "global PROCESS", role: "PROCESS" }),
        row("bob", "a", { cluster: "zz" }),
      ],
      TIMES,
    );
    expect(found.columns).toEqual([
      { cluster: "orders", database: "b" },
      { cluster: "orders", database: "*" },
      { cluster: "zz", database: "a" },
    ]);
    expect(matrixCells(found)).toEqual([
      ["user", "email", "orders/b", "orders/*", "zz/a"],
      ["bob", "", "", "global PROCESS", "read"],
      ["zoe", "", "read", "", ""],
    ]);
  });

  it("keeps every grant of a cell, with its team, its end and what it is on", () => {
    const found = matrixOf(
      [
        row("jane", "a", { expires: "2026-12-01T00:00:00Z" }),
        row("jane", "a", { role: "write", team: "dba" }),
        row("jane", "a", { object: "customers (id)", expires: "2026-11-01T09:30:00Z", suspended: true }),
      ],
      TIMES,
    );
    expect(found.people[0]!.cells.get(0)!.map(grantText)).toEqual([
      "read, until 2026-11-30, ends soon",
      "write, by team dba",
      "read on customers (id), ended 2026-11-01T09:30Z, suspended",
    ]);
  });

  it("says the last day of an end at midnight, and the moment of any other", () => {
    expect(lastDay("2027-04-01T00:00:00Z")).toBe("2027-03-31");
    expect(lastDay("2027-04-01T09:30:00Z")).toBe("2027-04-01T09:30Z");
    expect(lastDay("2027-04-01T09:30:15Z")).toBe("2027-04-01T09:30:15Z");
  });

  it("is cut into tables that fit the width, by cluster, without empty rows", () => {
    const rows = Array.from({ length: 12 }, (_, index) => row(`user${index}`, `database${index % 6}`));
    const tables = matrixTables(matrixOf([...rows, row("x", "y", { cluster: "b" })], TIMES), 35);
    expect(tables.map(({ cluster, heading }) => [cluster, heading])).toEqual([
      ["b", ["USER", "Y"]],
      ["orders", ["USER", "DATABASE0", "DATABASE1"]],
      ["orders", ["USER", "DATABASE2", "DATABASE3"]],
      ["orders", ["USER", "DATABASE4", "DATABASE5"]],
    ]);
    expect(tables[1]!.rows).toHaveLength(4);
  });

  it("has at least one database a table where not even one fits, and counts characters", () => {
    const rows = [row("jane.doe.of.the.long.name", "orders"), row("bob", "payments", { reason: "x" })];
    expect(matrixTables(matrixOf(rows, TIMES), 20)).toEqual([
      { cluster: "orders", heading: ["USER", "ORDERS"], rows: [["jane.doe.of.the.long.name", "read"]] },
      { cluster: "orders", heading: ["USER", "PAYMENTS"], rows: [["bob", "read"]] },
    ]);
    // 4 for USER, 2 + 6 for each database: 20 in all.
    const fitting = [row("a", "\u{1F600}".repeat(6)), row("a", "orders")];
    expect(matrixTables(matrixOf(fitting, TIMES), 20)).toHaveLength(1);
    expect(matrixTables(matrixOf(fitting, TIMES), 19)).toHaveLength(2);
  });

  it("counts an end at the moment as over, and one at the bound as not soon; a later row may have the address", () => {
    const [now, soon] = [TIMES.now.toISOString(), TIMES.soon.toISOString()];
    const rows = [row("a", "x", { expires: now }), row("a", "y", { expires: soon, email: "a@example.com" })];
    const { people } = matrixOf(rows, TIMES);
    expect([...people[0]!.cells.values()].flat().map(({ ending }) => ending)).toEqual(["ended", undefined]);
    expect(people[0]!.email).toBe("a@example.com");
  });
});

const HOSTILE = hostileStrings(200);

describe("CSV for spreadsheets", () => {
  const FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@a",
    "\t=1",
    "\r=1",
    "\r\n=1",
    " =1",
    "＝1",
    "\n@a",
  ];
  it.each([...FORMULAS, '"=1', "'=1"])("makes no formula of %j, nor of what follows a semicolon", text => {
    expect(csvText([[text]])).toMatch(/^"'/);
    for (const after of [`a;${text}`, `"; ${text}`]) expect(csvText([[after]])).toMatch(/;' *['"]*\S/);
  });

  it.each([
    ['a"b', '"a""b"'],
    ["a\r\nb\tc", '"a b c"'],
    ["a;b - c", '"a;b - c"'],
    ["\u202Ex", '"\\u{202e}x"'],
    ["\u001b[2J", '"\\u{1b}[2J"'],
  ])("writes %j as a cell on one line", (text, cell) => {
    expect(csvText([[text, "x"]])).toBe(`${cell},"x"`);
  });

  it("is read back cell by cell, whatever the texts", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.constantFrom(...HOSTILE), { minLength: 2, maxLength: 3 }), { minLength: 1 }),
        rows => {
          const text = csvText(rows);
          const read = parseCsv(text);
          expect(read.map(({ cells }) => cells.length)).toEqual(rows.map(({ length }) => length));
          for (const { cells } of read) for (const cell of cells) expect(cell).not.toMatch(/^\s*[=+\-@]/);
        },
      ),
    );
  });
});
