import { type AccountId, assembleStatements, type StatementsPlan } from "../mysql";
import { accountName, hasPrefix } from "../roster/account-name";
import type { Roster } from "../roster/roster";
import { type Inventory, type NamedByConstruct, observedStateOf } from "./inventory";

/**
 * What the next plan of the cluster shows if the files are as drafted: the computation of a preview.
 * @param names the accounts without the prefix that the construct then names
 */
export function plannedStatements(
  inventory: Inventory,
  roster: Roster,
  { alsoManages = [], takeOver = {} }: NamedByConstruct,
  now: Date,
): StatementsPlan {
  const { administrator, definers, prefix, unmanaged } = inventory;
  const all = observedStateOf(inventory);
  const isManaged = (account: AccountId) =>
    hasPrefix(prefix, account.user) || alsoManages.includes(`${account.user}@${account.host}`);
  const taken = all.accounts.filter(({ host, user }) => Object.values(takeOver).includes(`${user}@${host}`));
  const names = {
    alsoManages,
    takeOver: new Map(
      Object.entries(takeOver).flatMap(([part, text]) => {
        const account = taken.find(({ host, user }) => text === `${user}@${host}`);
        const becomes = accountName(prefix, part);
        return account && Object.hasOwn(roster.accounts, becomes) ? [[becomes, account] as const] : [];
      }),
    ),
  };
  const observed = {
    ...all,
    accounts: all.accounts.filter(isManaged),
    orphanedDefiners: all.orphanedDefiners.filter(isManaged),
    toTakeOver: taken,
  };
  const rules = { now, prefix, unmanaged, definers, previouslyDeclared: [], onlyCreate: false, ...names };
  return assembleStatements({ roster, observed, administrator, ...rules });
}
