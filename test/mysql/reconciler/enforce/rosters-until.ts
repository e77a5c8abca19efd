import { defined } from "../../../../core/json";
import type { Roster } from "../../../../core/roster/roster";
import { rosterOf } from "../rosters";

/** Grants on `orders` by user: the role, and when it ends. */
export const until = (
  people: Readonly<Record<string, string | undefined>>,
  role: "read" | "write" = "read",
): Roster => {
  const base = rosterOf(Object.fromEntries(Object.keys(people).map(user => [user, role])));
  const accounts = Object.entries(base.accounts).map(([name, account]) => {
    const expires = people[account.user];
    const grant = defined({ role, expires });
    return [
      name,
      { ...account, email: `${account.user}@example.com`, databases: { orders: grant } },
    ] as const;
  });
  return { ...base, accounts: Object.fromEntries(accounts) };
};
