import { lowerName } from "../../../../core/catalogue/lower-case";
import { rosterSpelledAs, spelledAs } from "../../../../core/mysql";
import { sql } from "../../../support/assemble";
import { observedAccount, observedState, rosterOf } from "../../../support/observed";

const CASELESS = { partialRevokes: true, lowerCaseTableNames: 1 };
const EXACT = { partialRevokes: true, lowerCaseTableNames: 0 };

it.each([
  ["STRAẞE", "straẞe"],
  ["ΟΔΟΣ", "οδοσ"],
  ["İstanbul", "istanbul"],
  ["Ⱥ", "Ⱥ"],
  ["ＦＵＬＬ ÄǄǅⓐⒶ", "ｆｕｌｌ äǆǆⓐⓐ"],
  ["already_lower", "already_lower"],
])("%s in lower case is %s for the server", (name, lower) => {
  expect(lowerName(name)).toBe(lower);
});

it("a roster takes another one's spelling only where the server compares without case", () => {
  const roster = rosterOf({
    sl_a: { Orders: "read", STRAẞE: "read", Other: "read" },
    sl_b: { Orders: "read" },
  });
  const other = rosterOf({ sl_a: { orders: "read", straße: "read", straẞe: "read" } });
  expect(rosterSpelledAs(roster, other, EXACT)).toBe(roster);
  const { accounts } = rosterSpelledAs(roster, other, CASELESS);
  expect(Object.keys(accounts["sl_a"]!.databases)).toEqual(["orders", "straẞe", "Other"]);
  expect(Object.keys(accounts["sl_b"]!.databases)).toEqual(["Orders"]);
});

it("databases are named once, as they are known", () => {
  const databases = ["Orders", "ORDERS", "stock"];
  expect(spelledAs(databases, ["orders", "gone"], CASELESS)).toEqual(["orders", "stock"]);
  expect(spelledAs(databases, [], CASELESS)).toHaveLength(2);
  expect(spelledAs(databases, ["orders"], EXACT)).toEqual(databases);
});

describe("what the server gives to the maker of a routine", () => {
  const account = (database: string, routine: string) =>
    observedAccount("sl_a", {
      databases: [{ name: "orders", privileges: ["CREATE ROUTINE"], grantOption: false }],
      routines: [
        { database: "orders", routine, type: "PROCEDURE", privileges: ["EXECUTE"], grantOption: false },
      ],
      definerOf: [{ kind: "PROCEDURE", database, name: "DoΣ" }],
    });
  const statements = (lowerCaseTableNames: number, ...of: Parameters<typeof account>) =>
    sql({
      roster: rosterOf({ sl_a: { orders: "make" } }, { make: ["CREATE ROUTINE"] }),
      observed: observedState([account(...of)], { lowerCaseTableNames }),
    });

  it.each([
    [0, "orders", "doσ"],
    [1, "orders", "doσ"],
    [1, "Orders", "DOΣ"],
  ])("stays (lower_case_table_names %d, made in %s, granted on %s)", (setting, made, granted) => {
    expect(statements(setting, made, granted)).toEqual([]);
  });

  it.each([
    [0, "Orders", "doσ"],
    [0, "ORDERS", "doσ"],
    [1, "other", "doσ"],
    [1, "orders", "doς"],
  ])("is revoked where it is another routine (%d, made in %s, granted on %s)", (setting, made, granted) => {
    expect(statements(setting, made, granted)).toEqual([
      `REVOKE EXECUTE ON PROCEDURE \`orders\`.\`${granted}\` FROM 'sl_a'@'%'`,
    ]);
  });
});
