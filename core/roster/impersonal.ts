import { defined } from "../json";
import type { Roster } from "./roster";

/**
 * The roster without what only messages use: names, addresses, reasons and owners. Options stay. For a roster
 * that somebody may have forged: no text of it goes to anyone.
 */
export const impersonal = ({ accounts, roles }: Roster): Roster => ({
  roles,
  accounts: Object.fromEntries(
    Object.entries(accounts).map(([name, { databases, kind, limits, suspended, tls }]) => {
      const grants = Object.entries(databases).map(
        ([database, { expires, privileges, role }]) =>
          [database, { role, ...defined({ privileges, expires }) }] as const,
      );
      return [
        name,
        { kind, user: name, ...defined({ suspended, limits, tls }), databases: Object.fromEntries(grants) },
      ];
    }),
  ),
});
