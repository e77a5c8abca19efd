import { hostsOf } from "../roster/account-hosts";
import { accountName, isSystemAccount } from "../roster/account-name";
import { alsoManaged, isManaged } from "../roster/managed-names";
import type { DesiredAccount } from "./desired-account";
import {
  createdInstead,
  type FormerAccounts,
  formerAccounts,
  NO_FORMER,
  obstacle,
  renamedNote,
} from "./former-account";
import type { AccountId, ObservedAccount } from "./observed-state";
import { type Operation, Step } from "./operation";
import { quoteAccount } from "./quote";
import type { StatementsRequest } from "./statements-request";

/** The role of an Aurora cluster's administrators. */
const RDS_SUPERUSER = "rds_superuser_role";

/**
 * The accounts without the prefix that may become declared ones: only those that the registry entry names,
 * and never one of the server or the administrator.
 */
export const accountsToTakeOver = (request: StatementsRequest): ObservedAccount[] => {
  const { observed, takeOver = new Map<string, AccountId>() } = request;
  const named = new Set([...takeOver.values()].map(quoteAccount));
  return (observed.toTakeOver ?? []).filter(
    account =>
      named.has(quoteAccount(account)) &&
      !isManaged(request, account) &&
      !isSystemAccount(account.user) &&
      account.user !== observed.self.user,
  );
};

/**
 * The existing account that becomes the declared one, by its former name or because `takeOver` names it.
 * @param existing the managed accounts that the run may change, and those to take over
 */
export function predecessorOf(
  desired: DesiredAccount,
  existing: readonly ObservedAccount[],
  request: StatementsRequest,
): FormerAccounts {
  const former = formerAccounts(desired, existing, request);
  if (former.all.length > 0) return former;
  const taken = accountTakenOver(desired, existing, request);
  return former.notes.length === 0 ? taken : { ...taken, notes: [...former.notes, ...taken.notes] };
}

/** Why nothing may run: the registry entry names accounts that must not be touched, or are unclear. */
export function namedProblems(request: StatementsRequest): string[] {
  const { observed, prefix, roster, takeOver = new Map<string, AccountId>() } = request;
  const own = alsoManaged(request);
  const self = [...own, ...takeOver.values()].filter(({ user }) => user === observed.self.user);
  const both = own.flatMap(({ user }) => {
    const second = accountName(prefix, user);
    const isOpen = observed.accounts.some(account => account.user === second && !account.locked);
    return Object.hasOwn(roster.accounts, user) && isOpen ? [{ second, user }] : [];
  });
  const elsewhere = own.filter(({ host, user }) => {
    const hosts = Object.hasOwn(roster.accounts, user) ? hostsOf(roster.accounts[user]!) : [host];
    return hosts.join() !== host;
  });
  return [
    ...elsewhere.map(
      account =>
        `${quoteAccount(account)} is named by \`alsoManages\`, and the file of ${account.user} has other \`hosts\`: ` +
        "an account that keeps its name keeps its host.",
    ),
    ...self.map(
      account =>
        `${quoteAccount(account)} is the administrator that the reconciler logs in as, and is never touched: ` +
        "take it out of `alsoManages` and `takeOver`.",
    ),
    ...both.map(
      ({ second, user }) =>
        `${second} exists, and \`alsoManages\` says that ${user} keeps its own name: one user cannot have both. ` +
        `Drop ${second} by hand, or first apply that ${user} has no grant here, or take it out of \`alsoManages\`.`,
    ),
  ];
}

/** Whether the account that is renamed is one without the prefix. */
const isTakenOver = ({ all, renamed }: FormerAccounts): boolean => renamed.size > 0 && all.length === 0;

/**
 * Finds the account without the prefix that becomes the declared one. One that cannot, or need not, stays as
 * it is: it is not managed.
 */
function accountTakenOver(
  desired: DesiredAccount,
  existing: readonly ObservedAccount[],
  request: StatementsRequest,
): FormerAccounts {
  const named = request.takeOver?.get(desired.user);
  if (!named) return NO_FORMER;
  const [name, to] = [quoteAccount(named), quoteAccount(desired)];
  const note = (text: string): FormerAccounts => ({ ...NO_FORMER, notes: [text] });
  const isThere = existing.some(({ user }) => user === desired.user);
  const account = existing.find(({ host, user }) => user === named.user && host === named.host);
  if (!account)
    return note(
      isThere
        ? `${name}, which \`takeOver\` names, does not exist, and ${to} does. Its entry can go.`
        : `${name}, which \`takeOver\` names, does not exist, so ${to} is created.`,
    );
  if (isThere) return note(`${staysAsItIs(account)}: ${to} exists already.`);
  const why = roleReason(account) ?? obstacle(account, request);
  if (why !== undefined) return note(`${staysAsItIs(account)}, and ${to} is created: ${why}.`);
  const { hosts } = desired;
  const host = hosts.find(one => one === account.host) ?? hosts[0]!;
  return { renamed: new Map([[host, account]]), all: [], notes: [] };
}

const staysAsItIs = (account: AccountId): string =>
  `${quoteAccount(account)} is not taken over and stays as it is`;

/** Why it is no account of a user. */
function roleReason({ authenticationString, locked, passwordExpired, roles }: ObservedAccount) {
  if (locked && passwordExpired && authenticationString === "") return "it is a role";
  return roles.some(({ user }) => user === RDS_SUPERUSER)
    ? `it is an administrator of the cluster, by the role ${RDS_SUPERUSER}`
    : undefined;
}

/** The same where the account would have to be dropped, since it holds what cannot be revoked. */
export function withoutRename(former: FormerAccounts, to: DesiredAccount): FormerAccounts {
  if (!isTakenOver(former)) return createdInstead(former, to);
  const why = "it has grants that cannot be revoked";
  return {
    ...NO_FORMER,
    notes: [`${staysAsItIs(former.renamed.get(to.host)!)}, and ${quoteAccount(to)} is created: ${why}.`],
  };
}

/**
 * The operations that rename an account. One that is taken over gets its login after that: by the name that
 * it had no policy of IAM lets it log in, and the secret of a password is by the new one.
 */
export function renaming(operations: readonly Operation[], former: FormerAccounts, to: DesiredAccount) {
  if (!isTakenOver(former)) return operations;
  const { host, user } = to;
  return operations.map((one): Operation => {
    const rank = AFTER_RENAME.indexOf(one.step) + 1;
    return rank === 0 ? one : { ...one, account: { user, host }, step: Step.Rename, rank };
  });
}

const AFTER_RENAME: readonly Step[] = [Step.ChangeLogin, Step.DiscardPassword];

/**
 * By which names the sessions of a renamed account end. Until its login has changed, the old one opens
 * sessions by the new name.
 */
export function renamedSessions(former: FormerAccounts, { host, user }: DesiredAccount): AccountId[] {
  const renamed = former.renamed.get(host)!;
  return isTakenOver(former) ? [renamed, { host, user }] : [renamed];
}

/** The note about an account that is renamed. */
export function renameNote(former: FormerAccounts, to: DesiredAccount): string {
  const renamed = former.renamed.get(to.host)!;
  return isTakenOver(former)
    ? `${quoteAccount(renamed)} is taken over: it becomes ${quoteAccount(to)} and keeps what is declared. ` +
        `Its sessions end, and it logs in as ${to.user} from then on.`
    : renamedNote(renamed, to);
}
