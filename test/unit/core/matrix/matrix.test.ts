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
});

const HOSTILE = hostileStrings(200);

describe("CSV for spreadsheets", () => {
  it.each(["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "＝1", "\n@a"])(
    "makes no formula of %j",
    text => {
      expect(csvText([[text]])).toMatch(/^"'/);
    },
  );

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
