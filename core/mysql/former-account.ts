import { hidesDefiners } from "./administrator-needs";
import { objectName, objectNames } from "./defined-objects";
import type { DesiredAccount } from "./desired-account";
import type { ObservedAccount, ObservedState } from "./observed-state";
import { type Operation, RANKS, Step } from "./operation";
import { quoteAccount } from "./quote";
import { isMandatory } from "./role-rules";
import type { AccountPlan, StatementsRequest } from "./statements-request";

/** The existing accounts of a declared account's former name. */
export interface FormerAccounts {
  /** Those that become declared accounts, by the hosts of these. What is missing here is created. */
  readonly renamed: ReadonlyMap<string, ObservedAccount>;
  /** All of them, at any host. What is not renamed goes once the declared account is complete. */
  readonly all: readonly ObservedAccount[];
  readonly notes: readonly string[];
}

const NONE: FormerAccounts["renamed"] = new Map();
export const NO_FORMER: FormerAccounts = { renamed: NONE, all: [], notes: [] };

/**
 * Finds the accounts of the former name. Only accounts that a roster of this cluster declared count: who has
 * the name otherwise may be somebody else.
 * @param existing the managed accounts that the run may change
 */
export function formerAccounts(
  desired: DesiredAccount,
  existing: readonly ObservedAccount[],
  request: StatementsRequest,
): FormerAccounts {
  const { formerly, user } = desired;
  if (formerly === undefined || formerly === user) return NO_FORMER;
  const all = existing.filter(account => account.user === formerly);
  const [first] = all;
  if (!first) return NO_FORMER;
  const stays = (why: string) => ({
    ...NO_FORMER,
    notes: [`${quoteAccount(desired)} was ${formerly}, but ${quoteAccount(first)} stays as it is: ${why}.`],
  });
  if (Object.hasOwn(request.roster.accounts, formerly))
    return stays("it is declared, so it is another one's");
  if (!request.previouslyDeclared.includes(formerly))
    return stays("no roster of this cluster declared it, so it may be another one's");
  const renamed = byHost(desired, all);
  const others = existing.some(account => account.user === user);
  if (others) return { renamed: NONE, all, notes: [`${instead(first, desired)}, which exists already.`] };
  const obstacles = [...renamed.values()].flatMap(account => obstacle(account, request) ?? []);
  const [why] = renamed.size === 0 ? ["it exists at several hosts"] : obstacles;
  if (why !== undefined)
    return { renamed: NONE, all, notes: [`${instead(first, desired)}, which is created: ${why}.`] };
  return { renamed, all, notes: [] };
}

/** The accounts that become the declared ones: each at its host, and the only one also at another. */
function byHost({ hosts }: DesiredAccount, all: readonly ObservedAccount[]): FormerAccounts["renamed"] {
  const same = all.filter(({ host }) => hosts.includes(host));
  const isOnly = same.length === 0 && all.length === 1 && hosts.length === 1;
  return new Map(isOnly ? [[hosts[0]!, all[0]!]] : same.map(account => [account.host, account]));
}

/**
 * The account that is or becomes the declared one of this host: it has the host, or is the only one of a user
 * who has one, or is renamed.
 * @param same the existing accounts of its user name, at any host
 */
export function existingAccount(
  { host, hosts }: DesiredAccount,
  same: readonly ObservedAccount[],
  former: FormerAccounts,
): ObservedAccount | undefined {
  const exact = same.find(account => account.host === host);
  const [only] = same.length === 1 && hosts.length === 1 ? same.filter(canBeRenamed) : [];
  return exact ?? only ?? former.renamed.get(host);
}

/** Objects would keep its former name as their definer, and the server does not rename a role (3532). */
export const canBeRenamed = ({ definerOf, members }: ObservedAccount): boolean =>
  definerOf.length === 0 && members.length === 0;

const instead = (former: ObservedAccount, to: DesiredAccount): string =>
  `${quoteAccount(former)} is not renamed. Its person logs in as ${quoteAccount(to)}`;

/** Why the account must not be renamed. Views and routines would name a definer that does not exist. */
export function obstacle(
  account: Pick<ObservedAccount, "definerOf" | "host" | "members" | "user">,
  { observed }: { readonly observed: Omit<ObservedState, "accounts"> },
): string | undefined {
  if (isMandatory(account, observed)) return "it is a mandatory role";
  if (account.members.length > 0)
    return "others have it as a role, and the server does not rename a role (3532)";
  if (account.definerOf.length > 0)
    return `it is the DEFINER of ${objectNames(account.definerOf.map(objectName))}, which would fail`;
  return hidesDefiners(observed)
    ? "it may be the DEFINER of objects that the administrator does not see"
    : undefined;
}

/** The same where none is renamed. */
export const withoutRenames = (former: FormerAccounts): FormerAccounts => ({ ...former, renamed: NONE });

/** The same where the account cannot be renamed, since no statement takes from it what nobody declared. */
export const createdInstead = (former: FormerAccounts, to: DesiredAccount): FormerAccounts => ({
  ...withoutRenames(former),
  notes: [`${instead(former.all[0]!, to)}, which is created: it has grants that cannot be revoked.`],
});

/** The note about an account that is renamed. */
export const renamedNote = (from: ObservedAccount, to: DesiredAccount): string =>
  `${quoteAccount(from)} becomes ${quoteAccount(to)} and keeps its grants. Its sessions end, and its person ` +
  `logs in as ${to.user} from then on.`;

/**
 * The plan with its operations at the end, when the account of the new name is complete. Those of a suspended
 * one need not wait for that: nobody may log in by either name.
 */
export const afterSuccessor = (plan: AccountPlan, { isSuspended, user }: DesiredAccount): AccountPlan => ({
  ...plan,
  operations: plan.operations.map(
    ({ rank = 0, ...operation }): Operation => ({
      ...operation,
      ...(!isSuspended && { successor: user }),
      step: Step.OtherHosts,
      rank: (Step.OtherHosts + operation.step) * RANKS + rank,
    }),
  ),
});
