import { accountName, hasPrefix, isSystemAccount } from "./account-name";

/** Which accounts of a cluster are managed, as its registry entry says. */
export interface ManagedNames {
  readonly prefix: string;
  /** Accounts without the prefix that are managed by their own names: `legacy_app@%`. */
  readonly alsoManages?: readonly string[] | undefined;
  /** Accounts without the prefix that get it (`jane@%`), by what follows the prefix then (`jane.doe`). */
  readonly takeOver?: Readonly<Record<string, string>> | undefined;
}

/** The same without accounts that are to be taken over. */
export type OwnNames = Pick<ManagedNames, "prefix" | "alsoManages">;

/** An account as MySQL names it. */
export interface NamedAccount {
  readonly user: string;
  readonly host: string;
}

/** The account that `user@host` names; undefined if it names none. A host holds no `@`, a user may. */
export function parseNamedAccount(text: string): NamedAccount | undefined {
  const at = text.lastIndexOf("@");
  return at < 1 || at === text.length - 1
    ? undefined
    : { user: text.slice(0, at), host: text.slice(at + 1).toLowerCase() };
}

/** How many accounts each prop names at most: the registry entry is small, and each is a decision. */
export const MOST_NAMED = 100;

/** The host of every account that is named: that of the accounts of users. */
const HOST = "%";

/** What `namesFaults` refuses is never touched either. */
const accountsIn = (texts: readonly string[]): NamedAccount[] =>
  texts
    .flatMap(text => parseNamedAccount(text) ?? [])
    .filter(({ host, user }) => host === HOST && !isSystemAccount(user));

const isSame = (a: NamedAccount, b: NamedAccount): boolean => a.user === b.user && a.host === b.host;

/** The accounts that `alsoManages` names, without those that are never touched. */
export const alsoManaged = ({ alsoManages = [] }: OwnNames): NamedAccount[] => accountsIn(alsoManages);

/** The accounts that `takeOver` names, by the accounts that they become, without those never touched. */
export const takenOver = (names: ManagedNames): ReadonlyMap<string, NamedAccount> =>
  new Map(
    Object.entries(names.takeOver ?? {}).flatMap(([part, text]) =>
      accountsIn([text])
        .filter(({ user }) => !isManagedName(names, user))
        .map(account => [accountName(names.prefix, part), account] as const),
    ),
  );

/** All accounts without the prefix that are named. */
export const namedAccounts = (names: ManagedNames): NamedAccount[] => [
  ...alsoManaged(names),
  ...takenOver(names).values(),
];

/** Whether the account is managed: it has the prefix, or `alsoManages` names it. */
export const isManaged = (names: OwnNames, account: NamedAccount): boolean =>
  hasPrefix(names.prefix, account.user) || alsoManaged(names).some(other => isSame(other, account));

/** Whether accounts of this user name are managed. */
export const isManagedName = (names: OwnNames, user: string): boolean =>
  hasPrefix(names.prefix, user) || alsoManaged(names).some(other => other.user === user);

/** The account of a user: the prefix, `_` and this, or this alone if `alsoManages` names it. */
export const managedName = (names: OwnNames, user: string): string =>
  alsoManaged(names).some(other => other.user === user) ? user : accountName(names.prefix, user);

/** What is wrong with one of the accounts that the two props name. */
export interface NamesFault {
  readonly prop: "alsoManages" | "takeOver";
  readonly message: string;
  readonly hint: string;
}

/**
 * What is wrong with the named accounts, whatever the database holds.
 * @param administrator the account that the functions log in as, if that is known
 */
export function namesFaults(names: ManagedNames, administrator?: string): NamesFault[] {
  const { alsoManages = [], prefix, takeOver = {} } = names;
  const faults: NamesFault[] = [];
  const seen = new Map<string, string>();
  const check = (prop: NamesFault["prop"], text: string, by: string) => {
    const { user } = parseNamedAccount(text) ?? { user: undefined };
    const other = user === undefined ? undefined : seen.get(user);
    if (user !== undefined) seen.set(user, by);
    const fault = accountFault(text, prefix, administrator) ?? (other && alreadyNamed(other));
    if (fault) faults.push({ prop, message: `${JSON.stringify(text)} ${fault[0]}`, hint: fault[1] });
  };
  for (const text of alsoManages) check("alsoManages", text, "`alsoManages`");
  const own = new Set(alsoManaged(names).map(({ user }) => user));
  for (const [part, text] of Object.entries(takeOver)) {
    check("takeOver", text, `\`takeOver\` for ${JSON.stringify(part)}`);
    const fault = partFault(part, names, own);
    if (fault)
      faults.push({ prop: "takeOver", message: `${JSON.stringify(part)} ${fault[0]}`, hint: fault[1] });
  }
  return faults;
}

type Fault = readonly [message: string, hint: string];

const alreadyNamed = (by: string): Fault => [`is named by ${by}, too`, "name each account once"];

function accountFault(text: string, prefix: string, administrator: string | undefined): Fault | undefined {
  const account = parseNamedAccount(text);
  if (!account) return ["is no account", "write user and host: `legacy_app@%`"];
  const { host, user } = account;
  if (isSystemAccount(user))
    return ["is an account of the server or of AWS, which is never touched", "leave it out"];
  if (user === administrator)
    return ["is the administrator that the functions log in as, which is never touched", "leave it out"];
  if (hasPrefix(prefix, user))
    return [`has the prefix \`${prefix}_\`, so it is managed anyway`, "leave it out"];
  if (host !== HOST)
    return [
      `has the host "${host}", and the accounts of users have the host \`${HOST}\``,
      `name the account at \`${HOST}\`, or leave it out`,
    ];
  return undefined;
}

/** Why no account can have been taken over as this user's. */
function partFault(part: string, { prefix }: ManagedNames, own: ReadonlySet<string>): Fault | undefined {
  if (part === "" || part === "__proto__") return ["is no user", "write what follows the prefix: `jane.doe`"];
  if (hasPrefix(prefix, part))
    return ["has the prefix", `write what follows it: "${part.slice(accountName(prefix, "").length)}"`];
  if (own.has(part))
    return ["keeps its own name, as `alsoManages` says", "leave it out of `takeOver` or of `alsoManages`"];
  return undefined;
}
