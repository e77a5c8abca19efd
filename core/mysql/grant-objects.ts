import { type AccountChange, heldOnObjects } from "./account-change";
import { type DesiredItem, type DesiredObject, grantable } from "./desired-objects";
import { heldItems, itemKey, itemTexts } from "./object-items";
import type { AccountId } from "./observed-state";
import { type Operation, operation, Step } from "./operation";
import { FORMS } from "./statement-forms";

/** Grants items on a table or routine, as far as these exist. */
export const grantItems = (
  step: Step,
  account: AccountId,
  { name, role }: DesiredObject,
  items: readonly DesiredItem[],
): Operation[] =>
  itemTexts(grantable(items))
    .filter(texts => texts.length > 0)
    .map(texts => operation(step, account, FORMS.grant.write(texts, name), `role ${role}`));

/**
 * Grants what is missing on tables and routines: before the revocations what the account may hold already by
 * a grant that is about to be revoked, and afterwards what is new. What a revocation on a table takes from
 * its columns is granted again at once.
 */
export function grantObjects(change: AccountChange): Operation[] {
  const { desired, held, names, observed } = change;
  if (desired.objects.length === 0) return [];
  const revoked = heldItems(observed, names);
  const heldOn = heldOnObjects(change);
  return desired.objects.flatMap(object => {
    const { items, key } = object;
    const isTaken = ({ column, privilege }: DesiredItem) =>
      column !== undefined && revoked.get(key)?.has(itemKey({ privilege })) === true;
    const missing = items.filter(item => !held.get(key)?.has(itemKey(item)) && !isTaken(item));
    const isHeld = heldOn(object);
    const fresh = missing.filter(item => !isHeld(item));
    return [
      ...grantItems(Step.GrantHeld, observed, object, missing.filter(isHeld)),
      ...grantItems(Step.RegrantColumns, observed, object, items.filter(isTaken)),
      ...grantItems(Step.GrantNew, desired, object, fresh),
    ];
  });
}
