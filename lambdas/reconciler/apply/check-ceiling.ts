import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { hasPrefix, isSystemAccount } from "../../../core/roster/account-name";
import {
  type CeilingViolation,
  ceilingViolations,
  reachesSystemDatabase,
} from "../../../core/roster/ceiling";
import type { Roster } from "../../../core/roster/roster";
import { CeilingError } from "../runtime/errors";

const NAMED = 10;

/**
 * What the ceiling forbids, as text; empty when all may be granted.
 * @throws CeilingError for what no ceiling can ever allow: accounts of the server or without the prefix, the server's own databases
 */
export function checkCeiling(roster: Roster, entry: RegistryEntry): string[] {
  const violations = ceilingViolations(roster, entry.ceiling, entry.prefix);
  const forged = violations.filter(
    ({ account, database }) =>
      isSystemAccount(account) ||
      !hasPrefix(entry.prefix, account) ||
      (database !== undefined && reachesSystemDatabase(database)),
  );
  if (forged.length > 0) throw new CeilingError(`${entry.cluster}: ${list(forged)}. Nothing ran.`);
  return violations.map(describe);
}

/** @throws CeilingError when anything is above the ceiling */
export function assertCeiling(roster: Roster, entry: RegistryEntry): void {
  const above = checkCeiling(roster, entry);
  if (above.length > 0)
    throw new CeilingError(`${entry.cluster}: ${clip(above)}. Nothing ran. ${RAISE_FIRST}`);
}

export const RAISE_FIRST = "If this change raises the ceiling, apply it first, then plan again.";

const describe = ({ account, database, message }: CeilingViolation) =>
  `account \`${account}\`${database === undefined ? "" : `, database \`${database}\``}: ${message}`;
const list = (violations: readonly CeilingViolation[]) => clip(violations.map(describe));
const clip = (texts: readonly string[]) =>
  texts.slice(0, NAMED).join("; ") + (texts.length > NAMED ? `; and ${texts.length - NAMED} more` : "");
