import { type AccountId, assembleStatements, quoteAccount, type StatementsPlan } from "../mysql";
import { takenOverIn } from "../mysql/named-accounts";
import { isManaged, takenOver } from "../roster/managed-names";
import type { Roster } from "../roster/roster";
import { type Inventory, type NamedByConstruct, observedStateOf } from "./inventory";

/**
 * What the next plan of the cluster shows if the files are as drafted: the computation of a preview.
 * @param named the accounts without the prefix that the construct then names
 */
export function plannedStatements(
  inventory: Inventory,
  roster: Roster,
  { alsoManages, takeOver }: NamedByConstruct,
  now: Date,
): StatementsPlan {
  const { administrator, definers, prefix, unmanaged } = inventory;
  const names = { prefix, alsoManages, takeOver };
  const all = observedStateOf(inventory);
  const isMeant = (account: AccountId) => isManaged(names, account);
  const toTakeOver = new Set([...takenOver(names).values()].map(quoteAccount));
  const observed = {
    ...all,
    accounts: all.accounts.filter(isMeant),
    orphanedDefiners: all.orphanedDefiners.filter(isMeant),
    toTakeOver: all.accounts.filter(account => toTakeOver.has(quoteAccount(account))),
  };
  const rules = { now, prefix, alsoManages, unmanaged, definers, previouslyDeclared: [], onlyCreate: false };
  const known = { administrator, observed, takeOver: takenOverIn(names, roster) };
  return assembleStatements({ roster, ...known, ...rules });
}
