import type { RegistryEntry } from "../contract/registry-entry";
import { CeilingError } from "../errors";
import { listSome } from "../name-some";
import { hasPrefix, isSystemAccount } from "../roster/account-name";
import { ceilingViolations, describeViolation, reachesSystemDatabase } from "../roster/ceiling";
import { formerNameViolations } from "../roster/former-names";
import type { Roster } from "../roster/roster";

const NAMED = 10;

/**
 * Lists what the cluster's ceiling forbids; empty if all may be granted.
 * @throws CeilingError for what no ceiling can allow: accounts of the server or without the prefix, the
 * server's databases
 */
export function checkCeiling(roster: Roster, entry: RegistryEntry): string[] {
  const violations = [
    ...ceilingViolations(roster, entry.ceiling, entry.prefix),
    ...formerNameViolations(roster, entry.prefix),
  ];
  const forged = violations.filter(
    ({ account, database }) =>
      isSystemAccount(account) ||
      !hasPrefix(entry.prefix, account) ||
      (database !== undefined && reachesSystemDatabase(database)),
  );
  if (forged.length > 0)
    throw new CeilingError(
      `${entry.cluster}: ${listSome(forged.map(describeViolation), NAMED)}. Nothing ran.`,
    );
  return violations.map(describeViolation);
}

/** @throws CeilingError if anything is above the ceiling */
export function assertCeiling(roster: Roster, entry: RegistryEntry): void {
  const above = checkCeiling(roster, entry);
  if (above.length > 0)
    throw new CeilingError(`${entry.cluster}: ${listSome(above, NAMED)}. Nothing ran. ${RAISE_FIRST}`);
}

export const RAISE_FIRST = "If this change raises the ceiling, apply it first, then plan again.";
