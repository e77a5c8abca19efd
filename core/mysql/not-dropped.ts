import { hidesDefiners, UNSEEN_OBJECTS } from "./administrator-needs";
import { objectName } from "./defined-objects";
import type { DesiredAccount } from "./desired-account";
import type { ObservedAccount } from "./observed-state";
import { ungrantableReasons } from "./restricted-grants";
import { isMandatory } from "./role-rules";
import type { StatementsRequest } from "./statements-request";

/** Why an account is not dropped and created again. */
export interface NotDropped {
  readonly reasons: readonly string[];
  /** Whether it is because not all that is declared could return. It then only loses. */
  readonly isStuck: boolean;
}

/**
 * Why an account with grants that cannot be revoked is not dropped and created again; no reasons if it is.
 * @param has the beginning of the sentence: the account, and these grants
 */
export function notDropped(
  desired: DesiredAccount,
  existing: ObservedAccount,
  has: string,
  request: StatementsRequest,
): NotDropped {
  const { observed } = request;
  const stays = `${has}, and it cannot be dropped either, because it is`;
  const hidden = hidesDefiners(observed) ? [UNSEEN_OBJECTS] : [];
  const owned = [...existing.definerOf.map(objectName), ...hidden];
  if (isMandatory(existing, observed))
    return {
      reasons: [`${stays} a mandatory role: take it out of mandatory_roles.`],
      isStuck: false,
    };
  if (owned.length > 0)
    return {
      reasons: [`${stays} the DEFINER of ${owned.join(", ")}: give them another definer.`],
      isStuck: false,
    };
  if (desired.terms.login === "existing")
    return {
      reasons: [`${has}, and it is not dropped, because nobody can create it again with its login.`],
      isStuck: false,
    };
  const lost = ungrantableReasons(desired, undefined, request);
  if (lost.length > 0)
    return {
      reasons: [`${has}, and it is not dropped, because not all that is declared could return.`, ...lost],
      isStuck: true,
    };
  if (request.onlyTakesFrom?.(desired.user))
    return {
      reasons: [`${has}, and it is not dropped before it can become as declared.`],
      isStuck: true,
    };
  return { reasons: [], isStuck: false };
}
