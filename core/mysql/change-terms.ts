import type { AllLimits, LimitName } from "../roster/account-options";
import type { DesiredAccount } from "./desired-account";
import { LIMIT_NAMES, opens, requirementOf } from "./iam-login";
import type { ObservedAccount } from "./observed-state";
import { type Operation, operation, Step } from "./operation";
import { FORMS } from "./statement-forms";

/**
 * Changes limits and TLS requirement of an account whose login is right, and only those that differ. A
 * stricter requirement comes first, lower limits with the revocations, what is wider after all else.
 */
export function changeTerms(account: ObservedAccount, desired: DesiredAccount): Operation[] {
  const { limits, tls } = desired.terms;
  const requires = FORMS.requireTls.write(tls);
  const requirement =
    requirementOf(account) === tls
      ? []
      : [
          opens(account, tls)
            ? operation(Step.Unlock, desired, requires, "requires less than before")
            : operation(Step.Require, account, requires, "another TLS requirement is declared"),
        ];
  const changed = LIMIT_NAMES.filter(name => account.limits[name] !== limits[name]);
  const narrower = changed.filter(name => isNarrower(limits[name], account.limits[name]));
  const wider = changed.filter(name => !narrower.includes(name));
  return [
    ...requirement,
    ...limit(Step.Limit, account, narrower, limits),
    ...limit(Step.Unlock, desired, wider, limits),
  ];
}

const isNarrower = (to: number, from: number): boolean => to !== 0 && (from === 0 || to < from);

const limit = (
  step: Step,
  account: Operation["account"],
  names: readonly LimitName[],
  limits: AllLimits,
): Operation[] =>
  names.length === 0
    ? []
    : [operation(step, account, FORMS.setLimits.write(limits, names), "other limits are declared")];
