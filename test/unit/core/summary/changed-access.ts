import type { DatabaseGrant, Roster, RosterAccount } from "../../../../core/roster/roster";
import { accessChanges } from "../../../../core/summary/access-changes";
import { NOW } from "../../../support/summary-plans";

export const ROLES: Roster["roles"] = {
  read: ["SELECT"],
  write: ["SELECT", "INSERT", "UPDATE"],
  run: ["EXECUTE"],
  admin: ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER"],
};
export type GrantsOfPlace = RosterAccount["databases"][string];

export const PAST = "2026-11-01T00:00:00Z";
export const SOON = "2026-12-01T00:00:00Z";
export const LATE = "2027-11-01T00:00:00Z";

export const account = (
  databases: Record<string, DatabaseGrant>,
  more: Partial<RosterAccount> = {},
): RosterAccount => ({ kind: "person", user: "jane", databases, ...more });
export const roster = (accounts: Record<string, RosterAccount>, more: Partial<Roster> = {}): Roster => ({
  roles: ROLES,
  accounts,
  ...more,
});
export const jane = (databases: Record<string, DatabaseGrant>, more: Partial<RosterAccount> = {}) =>
  roster({ sl_jane: account(databases, more) });
export const changed = (before: Roster | undefined, after: Roster | undefined, cluster = "orders") =>
  accessChanges({ cluster, before, after, now: NOW });
