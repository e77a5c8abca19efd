import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { quoteAccount } from "../../../core/mysql";
import { ACCOUNT_HOST } from "../../../core/mysql/desired-account";
import type { KnownPassword } from "../../../core/mysql/password-login";
import type { Roster } from "../../../core/roster/roster";
import type { Services } from "../services/services";

/** The accounts whose secrets are looked at. */
export interface ReviewedSecrets {
  readonly entry: RegistryEntry;
  readonly roster: Roster | undefined;
  /** What the ledger knows; changed in place, as the ledger is. */
  readonly passwords: Map<string, KnownPassword>;
}

/**
 * Looks at the secrets of the roster's accounts, under the cluster's lock and before anything is planned. A
 * secret may have lost its versions: Terraform deletes and makes it, without the functions. The ledger then
 * forgets the account's password, so that it is set again. A secret that cannot be read changes nothing.
 * @returns the accounts whose secrets are empty, quoted
 * @throws LedgerError
 */
export async function reviewSecrets(
  { accountSecrets, ledger, log }: Pick<Services, "accountSecrets" | "ledger" | "log">,
  { entry, passwords, roster }: ReviewedSecrets,
): Promise<ReadonlySet<string>> {
  const users = Object.entries(roster?.accounts ?? {}).filter(([, { login }]) => login === "password");
  const looks = users.map(async ([user]): Promise<string[]> => {
    const key = quoteAccount({ user, host: ACCOUNT_HOST });
    const known = passwords.get(key);
    if (!known) return [];
    // Another version would take the label AWSPENDING from the one that a rotation has written.
    const found = await accountSecrets
      .review(entry, user, known.rotatingSince === undefined)
      .catch((error: Error) => log.error("secret not read", { account: user, reason: error.message }));
    return found === "empty" ? [key] : [];
  });
  const emptied = new Set((await Promise.all(looks)).flat());
  if (emptied.size === 0) return emptied;
  for (const key of emptied) passwords.delete(key);
  await ledger.passwords.write(entry.cluster, passwords);
  return emptied;
}
