import { EMPTY_ROSTER, type Roster } from "../../../core/roster/roster";

export const NOBODY: Roster = EMPTY_ROSTER;

/** `{ bob: "read" }`: the role of each person in one database. */
export function rosterOf(people: Readonly<Record<string, "read" | "write">>, database = "orders"): Roster {
  const accounts = Object.entries(people).map(([user, role]) => {
    const account = { kind: "person" as const, user, databases: { [database]: { role } } };
    return [`sl_${user}`, account] as const;
  });
  return {
    roles: { read: ["SELECT"], write: ["SELECT", "INSERT", "UPDATE"] },
    accounts: Object.fromEntries(accounts),
  };
}
