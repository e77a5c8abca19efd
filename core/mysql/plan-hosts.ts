import { hidesDefiners } from "./administrator-needs";
import { objectName, objectNames } from "./defined-objects";
import { type DesiredAccount, namesOfAll } from "./desired-account";
import { type FormerAccounts, withoutRenames } from "./former-account";
import type { ObservedAccount } from "./observed-state";
import { onlyTakes } from "./only-takes";
import { planDeclared, planInPlace } from "./plan-declared";
import { wasDeclared } from "./plan-undeclared";
import { quoteAccount } from "./quote";
import { isMandatory } from "./role-rules";
import { type AccountPlan, NOTHING, type StatementsRequest } from "./statements-request";
import { absentReason, lostPassword, unsupportedReasons } from "./unsupported-accounts";

/**
 * Plans the declared accounts of a user name, one for each of its hosts.
 *
 * An account at a host of an earlier roster that cannot be dropped or renamed stays as it is, and only loses
 * what is not declared. Locked, it would shut out logins of farther hosts, or its rows would go on to count
 * for nearer ones. What is missing is not created then.
 * @param same the existing accounts of the name, at any host
 * @param former those of its former name
 */
export function planHosts(
  account: DesiredAccount,
  same: readonly ObservedAccount[],
  request: StatementsRequest,
  former: FormerAccounts,
): AccountPlan[] {
  const staying = same.flatMap(existing => {
    const isFormer = !account.hosts.includes(existing.host) && wasDeclared(existing, request);
    const why = isFormer ? whyStaying(existing, request) : undefined;
    return why === undefined ? [] : [{ existing, why }];
  });
  const isThere = (host: string) => same.some(existing => existing.host === host);
  const names = staying.length > 0 ? withoutRenames(former) : former;
  const plans = account.hosts.map((host, index) => {
    const one = host === account.host ? account : { ...account, host };
    const plan =
      staying.length > 0 && !isThere(host) ? waiting(one, request) : planDeclared(one, same, request, names);
    // What is wrong with one of them is wrong with all, except that one is missing or has its old password.
    const exact = same.find(existing => existing.host === host);
    const ofOne = [absentReason(one), ...lostPassword(account, exact, request)];
    const own = plan.problems.filter(problem => ofOne.includes(problem));
    return index === 0 ? plan : { ...plan, problems: own };
  });
  return [...plans, ...staying.map(({ existing, why }) => planStaying(account, existing, why, request))];
}

/** The plan of an account that is not created yet. */
const waiting = (account: DesiredAccount, request: StatementsRequest): AccountPlan => ({
  ...NOTHING,
  user: account.user,
  problems: unsupportedReasons(account, undefined, request, undefined),
  isUngrantable: true,
});

function planStaying(
  account: DesiredAccount,
  existing: ObservedAccount,
  why: string,
  request: StatementsRequest,
): AccountPlan {
  const plan = onlyTakes(planInPlace(account, existing, request), request);
  const reason = `Only ${namesOfAll(account)} should exist, but ${quoteAccount(existing)} stays: ${why}, then apply again.`;
  return { ...plan, leftOut: [reason, ...plan.leftOut] };
}

/** Why an account can neither be dropped nor renamed, and what to do; undefined if it can. */
function whyStaying(account: ObservedAccount, { observed }: StatementsRequest): string | undefined {
  if (isMandatory(account, observed)) return "it is a mandatory role. Take it out of mandatory_roles";
  if (account.definerOf.length > 0)
    return `it is the DEFINER of ${objectNames(account.definerOf.map(objectName))}. Give them another definer`;
  if (account.members.length > 0) return "others have it as a role. Revoke it from them";
  return hidesDefiners(observed)
    ? "it may be the DEFINER of objects that the administrator does not see. " +
        "Give the administrator the rights that it lacks"
    : undefined;
}
