import { groupBy } from "../group-by";
import { byCodeUnit, defined } from "../json";
import { quoteAccount } from "../mysql";
import { hasPrefix } from "../roster/account-name";
import type { UserKind } from "../roster/roster";
import type { UserFile } from "../users/user-file-schema";
import { declaredUser, type FoundUser, type ImportMode, partOf } from "./declared-user";
import { isRole, theirs } from "./findings";
import type { Inventory, InventoryAccount, NamedByConstruct } from "./inventory";
import { type KnownRoles, RoleNames } from "./name-roles";
import type { Person } from "./people";

export interface ImportRequest extends ImportMode {
  readonly cluster: string;
  readonly people: ReadonlyMap<string, Person>;
  /** The roles of roles.yaml. */
  readonly roles: KnownRoles;
  /** Accounts that the folder declares on this cluster already, by name. */
  readonly declared: ReadonlySet<string>;
  /** Accounts that turned out to be impossible as drafted, by user name, and why. */
  readonly rejected: ReadonlyMap<string, readonly string[]>;
}

/** One new user file. */
export interface DraftFile {
  /** Without `.yaml`. */
  readonly stem: string;
  readonly user: string;
  readonly accounts: readonly string[];
  readonly file: UserFile;
}

export interface LeftOut {
  readonly user: string;
  readonly accounts: readonly string[];
  readonly reasons: readonly string[];
}

/** What an import writes and proposes. The same for the same server, whatever the order of its rows. */
export interface Draft {
  readonly files: readonly DraftFile[];
  /** New roles, as roles.yaml has them. */
  readonly roles: RoleNames["added"];
  readonly leftOut: readonly LeftOut[];
  /** Accounts that the folder declares already. */
  readonly declared: readonly string[];
  /** Native roles of MySQL, which are no users. */
  readonly nativeRoles: readonly string[];
  /** Accounts without a row in the table of people. */
  readonly missing: readonly { readonly user: string; readonly kind: UserKind }[];
  /** Accounts without the prefix, as the construct names them: `user@host`. */
  readonly unprefixed: readonly { readonly part: string; readonly account: string }[];
}

/** Drafts the files for all accounts that can be declared exactly as they are. */
export function draftImport(inventory: Inventory, request: ImportRequest): Draft {
  const { cluster, declared, people, rejected } = request;
  const { prefix } = inventory;
  const all = theirs(inventory);
  const found = usersOf(all.filter(account => !isRole(account)));
  const fresh = found.filter(({ user }) => !declared.has(user));
  const roles = new RoleNames(request.roles);
  const context = {
    cluster,
    prefix,
    asIs: request.asIs,
    observed: inventory.observed,
    roleOf: roles.nameOf,
    users: new Set(all.map(({ user }) => user)),
  };
  const leftOut: LeftOut[] = [];
  const drafted: (FoundUser & { readonly file: UserFile; readonly username: string })[] = [];
  const missing: Draft["missing"][number][] = [];
  for (const one of fresh) {
    const person = people.get(one.user);
    const kind = one.accounts.every(({ proof }) => proof === "iam") ? "person" : "service";
    // What cannot be declared needs no row. Its roles are not proposed.
    const tried = declaredUser(one, person ?? { account: one.user, kind }, {
      ...context,
      roleOf: () => "read",
    });
    const reasons = rejected.get(one.user) ?? ("reasons" in tried ? tried.reasons : []);
    if (reasons.length > 0) leftOut.push({ ...named(one), reasons });
    else if (!person) missing.push({ user: one.user, kind });
    else
      drafted.push({
        ...one,
        ...(declaredUser(one, person, context) as Exclude<typeof tried, { reasons: unknown }>),
      });
  }
  const stems = fileNames(drafted.map(({ username }) => username));
  const files = drafted.map(({ file, username, ...one }, at) => ({
    stem: stems[at]!,
    ...named(one),
    file: stems[at] === username ? file : withUsername(file, username),
  }));
  return {
    files,
    roles: roles.added,
    leftOut,
    declared: found.filter(({ user }) => declared.has(user)).map(({ user }) => user),
    nativeRoles: all.filter(isRole).map(quoteAccount).sort(byCodeUnit),
    missing,
    unprefixed: files
      .filter(({ user }) => !hasPrefix(prefix, user))
      .map(({ user }) => ({ part: partOf(user, prefix), account: `${user}@%` })),
  };
}

/** Accounts without the prefix as the construct names them: by their own names, or to be renamed. */
export function namedByConstruct(
  { alsoManages, takeOver }: NamedByConstruct,
  unprefixed: Draft["unprefixed"],
  asIs: boolean,
): NamedByConstruct {
  if (unprefixed.length === 0) return { alsoManages, takeOver };
  if (asIs) return { alsoManages: [...(alsoManages ?? []), ...unprefixed.map(one => one.account)], takeOver };
  const more = Object.fromEntries(unprefixed.map(({ account, part }) => [part, account]));
  return { alsoManages, takeOver: { ...takeOver, ...more } };
}

const named = ({ accounts, user }: FoundUser) => ({ user, accounts: accounts.map(quoteAccount) });

/** The accounts by user name, in order. */
const usersOf = (accounts: readonly InventoryAccount[]): FoundUser[] =>
  [...groupBy(accounts, ({ user }) => user)]
    .map(([user, of]) => ({ user, accounts: [...of].sort((a, b) => byCodeUnit(a.host, b.host)) }))
    .sort((a, b) => byCodeUnit(a.user, b.user));

const withUsername = ({ name, email, ...rest }: UserFile, username: string): UserFile => ({
  ...defined({ name, email, username }),
  ...rest,
});

const SPECIAL = ["roles", "projects", "settings", "role", "project", "setting"];

/** File names for user names: the same where that is possible, and each once on every file system. */
function fileNames(usernames: readonly string[]): string[] {
  const taken = new Set(SPECIAL);
  return usernames.map(username => {
    const plain = username
      .normalize("NFC")
      .slice(0, 100)
      .replace(/[^\p{L}\p{M}\p{N}_.@+-]/gu, "_")
      .replace(/^\.|\.$/g, "_");
    let name = plain;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${plain}-${n}`;
    taken.add(name.toLowerCase());
    return name;
  });
}
