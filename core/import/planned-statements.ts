import { assembleStatements, type StatementsPlan } from "../mysql";
import { hasPrefix } from "../roster/account-name";
import type { Roster } from "../roster/roster";
import { type Inventory, observedStateOf } from "./inventory";

/** What the next plan of the cluster shows if the files are as drafted: the computation of a preview. */
export function plannedStatements(inventory: Inventory, roster: Roster, now: Date): StatementsPlan {
  const { administrator, definers, prefix, unmanaged } = inventory;
  const all = observedStateOf(inventory);
  const isManaged = ({ user }: { readonly user: string }) => hasPrefix(prefix, user);
  const observed = {
    ...all,
    accounts: all.accounts.filter(isManaged),
    orphanedDefiners: all.orphanedDefiners.filter(isManaged),
  };
  const rules = { now, prefix, unmanaged, definers, previouslyDeclared: [], onlyCreate: false };
  return assembleStatements({ roster, observed, administrator, ...rules });
}
