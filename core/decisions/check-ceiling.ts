import type { RegistryEntry } from "../contract/registry-entry";
import { CeilingError } from "../errors";
import { listSome } from "../name-some";
import { isSystemAccount } from "../roster/account-name";
import { ceilingViolations, describeViolation, reachesSystemDatabase } from "../roster/ceiling";
import { nameViolations } from "../roster/former-names";
import { namesFaults } from "../roster/managed-names";
import type { Roster } from "../roster/roster";

const NAMED = 10;

/**
 * Lists what the cluster's ceiling forbids; empty if all may be granted.
 * @throws CeilingError for what no ceiling can allow: accounts of the server, the server's databases
 */
export function checkCeiling(roster: Roster, entry: RegistryEntry): string[] {
  const violations = [...ceilingViolations(roster, entry.ceiling, entry), ...nameViolations(roster, entry)];
  const forged = violations.filter(
    ({ account, database }) =>
      isSystemAccount(account) || (database !== undefined && reachesSystemDatabase(database)),
  );
  if (forged.length > 0)
    throw new CeilingError(
      `${entry.cluster}: ${listSome(forged.map(describeViolation), NAMED)}. Nothing ran.`,
    );
  return [...entryFaults(entry), ...violations.map(describeViolation)];
}

/** What is wrong with the accounts without the prefix that the registry entry names. */
function entryFaults(entry: RegistryEntry): string[] {
  const administrator = "iamUser" in entry.credentials ? entry.credentials.iamUser : undefined;
  return namesFaults(entry, administrator).map(
    ({ hint, message, prop }) => `the registry entry: \`${prop}\`: ${message}: ${hint}`,
  );
}

/** @throws CeilingError if anything is above the ceiling */
export function assertCeiling(roster: Roster, entry: RegistryEntry): void {
  const above = checkCeiling(roster, entry);
  if (above.length > 0)
    throw new CeilingError(`${entry.cluster}: ${listSome(above, NAMED)}. Nothing ran. ${RAISE_FIRST}`);
}

export const RAISE_FIRST =
  "If this change allows it, in the ceiling or in `alsoManages`, apply that first, then plan again.";
