import { idleGrantNotes } from "../../../../core/users/idle-grants";
import { observedState, rosterOf } from "../../../support/observed";

const databases = ["information_schema", "mysql", "orders", "payments", "Reports"];
const notes = (database: string, overrides: Parameters<typeof observedState>[1] = {}) =>
  idleGrantNotes(
    rosterOf({ sl_jane: { [database]: "read" } }),
    observedState([], { databases, ...overrides }),
  );

describe("a grant on a database that does not exist", () => {
  test.each([
    ["ordres", "; did you mean `orders`?"],
    ["Orders", "; did you mean `orders`?"],
    ["payment", "; did you mean `payments`?"],
    ["reports", "; did you mean `Reports`?"],
    ["warehouse", ""],
    ["a`b", ""],
  ])("%s is named, with the nearest one", (database, hint) => {
    const quoted = `\`${database.replaceAll("`", "``")}\``;
    expect(notes(database)).toEqual([`There is no database ${quoted}, which is granted to sl_jane${hint}`]);
  });

  it("is none where the server folds names", () => {
    expect(notes("Orders", { lowerCaseTableNames: 1 })).toEqual([]);
    expect(notes("reports", { lowerCaseTableNames: 2 })).toEqual([]);
    expect(notes("ordres", { lowerCaseTableNames: 1 })).toHaveLength(1);
  });

  it("is not known where the administrator does not see all databases", () => {
    expect(notes("ordres", { databases: undefined })).toEqual([]);
  });

  it("is named once for all accounts, and many are counted", () => {
    const many = Object.fromEntries(
      Array.from({ length: 13 }, (_, i) => [`missing_${i}_${"x".repeat(i)}`, "read"]),
    );
    const found = idleGrantNotes(
      rosterOf({ sl_a: many, sl_b: many, sl_c: many, sl_d: many }),
      observedState([], { databases }),
    );
    expect(found).toHaveLength(11);
    expect(found[0]).toMatch(/granted to sl_a, sl_b, sl_c and 1 more$/);
    expect(found.at(-1)).toBe("3 more databases do not exist.");
  });
});

describe("a role that creates triggers or routines", () => {
  const roles = { read: ["SELECT"], code: ["SELECT", "TRIGGER"], build: ["CREATE ROUTINE"] } as const;
  const of = (people: Record<string, Record<string, string>>, distrustsCreators: boolean) =>
    idleGrantNotes(rosterOf(people, roles), observedState([], { databases, distrustsCreators }));

  test.each<[string, Record<string, Record<string, string>>, RegExp]>([
    ["TRIGGER", { sl_jane: { orders: "code" } }, /so TRIGGER \(sl_jane\) may not be enough/],
    ["CREATE ROUTINE", { sl_bob: { orders: "build" } }, /so CREATE ROUTINE \(sl_bob\) may not/],
    [
      "both",
      { sl_jane: { orders: "code" }, sl_bob: { payments: "build" } },
      /so TRIGGER \(sl_jane\) and CREATE ROUTINE \(sl_bob\) may not/,
    ],
  ])("has a note where the server trusts no creators: %s", (_, people, message) => {
    expect(of(people, true)).toEqual([expect.stringMatching(message)]);
    expect(of(people, false)).toEqual([]);
  });

  it("has none if nobody has such a role", () => {
    expect(of({ sl_jane: { orders: "read" } }, true)).toEqual([]);
  });
});
