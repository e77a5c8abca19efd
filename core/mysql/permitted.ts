import { lowerName } from "../catalogue/lower-case";
import { hostsOf } from "../roster/account-hosts";
import { columnsApart, type GrantedObject, isOfServer, objectKey } from "../roster/granted-object";
import { accountNames, grantsOf, holdsAt, type Roster } from "../roster/roster";
import { escapeDatabase, foldDatabase, type NamesInGrants } from "./database-name";
import { roleAccount } from "./desired-server";
import { effectsOf } from "./effects";
import type { AccountId } from "./observed-state";
import { isRotationOver, type KnownPasswords } from "./password-login";
import { quoteAccount, quoteIdentifier } from "./quote";

export interface PermissionRequest {
  /** The SQL that the plan showed. */
  readonly shown: readonly string[];
  readonly roster: Roster;
  readonly now: Date;
  /** How the server reads names. */
  readonly names: NamesInGrants;
  /** What the ledger knows of passwords. Default: nothing. */
  readonly passwords?: KnownPasswords | undefined;
  /** Accounts whose secrets have lost their passwords, quoted. Default: none. */
  readonly emptied?: ReadonlySet<string> | undefined;
  /** Accounts without the prefix that become declared ones, by the names of these. Default: none. */
  readonly takeOver?: ReadonlyMap<string, AccountId> | undefined;
}

/**
 * Tells which effects of a statement the plan did not show. Permitted without having been shown are:
 * - less than was shown: an account that was to be dropped may be locked, and lose single grants
 * - revocations of what has expired since the plan
 * - what shuts out an account that the roster suspends
 * - both also for an account that the shown SQL renames to the declared one
 * - revocations of GRANT OPTION and PROXY, with which a holder could hand on access
 * - the end of a password of before a rotation, once its time is over
 * - a new password where the secret has lost the one before, which nobody has any more: no plan reads secrets
 */
export function unpermitted(request: PermissionRequest): (sql: string) => string[] {
  const allowed = new Set(request.shown.flatMap(sql => effectsOf(sql) ?? []));
  const dropped = [...allowed]
    .filter(effect => effect.startsWith(DROP))
    .map(effect => effect.slice(DROP.length));
  const renames = [...allowed].filter(effect => effect.startsWith(RENAME));
  const isExpired = expiredRevocations(request, dropped, renames);
  const isShutOut = suspensions(request, renames);
  const isOver = overPasswords(request);
  const refilled = [...(request.emptied ?? [])].flatMap(name => LOGIN_EFFECTS.map(verb => `${verb}|${name}`));
  const isRefill = (effect: string) =>
    refilled.some(head => effect === head || effect.startsWith(`${head}|`));
  // Terraform composes the characters of what it shows (NFC); the server keeps them as somebody wrote them.
  const composed = new Set([...allowed].filter(takes).map(compose));
  const isShown = (effect: string) => allowed.has(effect) || (takes(effect) && composed.has(compose(effect)));
  return sql =>
    (effectsOf(sql) ?? [`unknown|${sql}`]).filter(
      effect =>
        ![isShown, isExpired, isShutOut, takesOption, isOver, isRefill].some(isPermitted =>
          isPermitted(effect),
        ),
    );
}

/** The effects of the statement that sets an account's password, with the terms of the roster. */
const LOGIN_EFFECTS = ["login", "password", "password-days", "tls", "limit"];

const compose = (effect: string): string => effect.normalize("NFC");
const takes = (effect: string): boolean => TAKES.some(verb => effect.startsWith(`${verb}|`));

const DROP = "drop|";
const RENAME = "rename|";
/** The effects that take something from an account. */
const TAKES = ["drop", "lock", "disable-event", "revoke", "revoke-role", "revoke-proxy"];

/**
 * Whether an effect ends a password of before a rotation. Of the first one the ledger knows that it is ours.
 */
function overPasswords({ now, passwords = new Map() }: PermissionRequest): (effect: string) => boolean {
  const over = [...passwords].filter(([, known]) => isRotationOver(known, now));
  const effects = new Set(over.map(([account]) => `discard|${account}`));
  return effect => effects.has(effect);
}

/** Whether an effect takes what lets an account hand on access. */
export const takesOption = (effect: string): boolean =>
  effect.startsWith("revoke-proxy|") || (effect.startsWith("revoke|") && effect.endsWith("|GRANT OPTION"));

/**
 * Whether an effect revokes what a grant of the roster gave until it expired.
 * @param dropped accounts that have to go, quoted: anything may be taken from them
 * @param renames the shown renames, as effects
 */
function expiredRevocations(
  request: PermissionRequest,
  dropped: readonly string[],
  renames: readonly string[],
): (effect: string) => boolean {
  const { names, now, roster } = request;
  const prefixes: string[] = [];
  const items: ((effect: string) => boolean)[] = [];
  const leaving = [...dropped];
  const all = accountNames(roster).flatMap(of =>
    accountsOf(of, request, renames).map(account => ({ of, account })),
  );
  for (const { of, account } of all) {
    const grants = grantsOf(roster.accounts[of]!);
    const over = grants.filter(({ grant }) => !holdsAt(grant, now));
    for (const { database, object } of over) {
      if (object && isOfServer(object)) {
        const taken =
          object.kind === "ROLE"
            ? `revoke-role|${account}|${quoteAccount(roleAccount(object.name))}`
            : `revoke|${account}|*.*|${object.name}`;
        items.push(effect => effect === taken);
        continue;
      }
      if (object?.kind === "PATTERN") {
        prefixes.push(`revoke|${account}|${quoteIdentifier(foldDatabase(database, names))}.*|`);
        continue;
      }
      if (object) {
        items.push(...columnsApart(object).map(part => revokedFrom(account, part, names)));
        continue;
      }
      const name = foldDatabase(database, names);
      for (const spelled of [name, escapeDatabase(name)])
        prefixes.push(`revoke|${account}|${quoteIdentifier(spelled)}.*|`);
    }
    if (over.length > 0 && over.length === grants.length) leaving.push(account);
  }
  const whole = new Set(leaving.flatMap(account => TAKES.map(verb => `${verb}|${account}`)));
  prefixes.push(...[...whole].map(effect => `${effect}|`));
  return effect =>
    whole.has(effect) ||
    prefixes.some(prefix => effect.startsWith(prefix)) ||
    items.some(isItem => isItem(effect));
}

/**
 * Whether an effect revokes something from the account on a table, on one column of it, or on a routine.
 * @param account as SQL names it
 */
function revokedFrom(account: string, { columns, ...whole }: GrantedObject, names: NamesInGrants) {
  const isTable = whole.kind === "TABLE";
  const fold = (name: string) => foldDatabase(name, names);
  const on = { ...whole, database: fold(whole.database), name: isTable ? fold(whole.name) : whole.name };
  const ofRoutine = (text: string) => (isTable ? text : lowerName(text));
  const prefix = ofRoutine(`${objectKey(on)}|`);
  const column = columns && lowerName(` (${quoteIdentifier(columns[0]!)})`);
  const head = `revoke|${account}|`;
  return (effect: string): boolean => {
    const rest = effect.slice(head.length);
    if (!effect.startsWith(head) || !ofRoutine(rest).startsWith(prefix)) return false;
    const item = rest.slice(prefix.length);
    return column === undefined ? !item.includes("(") : lowerName(item).endsWith(column);
  };
}

/**
 * The accounts of a name in the roster, and those of the name or host that they have until they are renamed,
 * quoted.
 */
function accountsOf(
  name: string,
  { roster: { accounts }, takeOver }: PermissionRequest,
  renames: readonly string[],
): string[] {
  const { formerly } = accounts[name]!;
  const names = formerly === undefined || Object.hasOwn(accounts, formerly) ? [name] : [name, formerly];
  const all = names.flatMap(user => hostsOf(accounts[name]!).map(host => quoteAccount({ user, host })));
  const before = all.flatMap(account =>
    renames
      .filter(effect => effect.endsWith(`|${account}`))
      .map(effect => effect.slice(RENAME.length, -account.length - 1)),
  );
  const taken = takeOver?.get(name);
  return [...new Set([...all, ...before, ...(taken ? [quoteAccount(taken)] : [])])];
}

/** Whether an effect shuts out an account that the roster suspends. */
function suspensions(request: PermissionRequest, renames: readonly string[]): (effect: string) => boolean {
  const { accounts } = request.roster;
  const suspended = Object.keys(accounts)
    .filter(user => accounts[user]!.suspended)
    .flatMap(user => accountsOf(user, request, renames));
  return effect =>
    suspended.some(name => effect === `lock|${name}` || effect.startsWith(`disable-event|${name}|`));
}
