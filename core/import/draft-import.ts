import { groupBy } from "../group-by";
import { byCodeUnit, defined } from "../json";
import { quoteAccount } from "../mysql";
import { MOST_NAMED } from "../roster/managed-names";
import type { UserKind } from "../roster/roster";
import type { UserFile } from "../users/user-file-schema";
import { isUnnamed, namedByConstruct, rosterName } from "./construct-names";
import { declaredUser, type FoundUser, type ImportMode } from "./declared-user";
import { isRole, theirs } from "./findings";
import type { Inventory, InventoryAccount, NamedByConstruct } from "./inventory";
import { type KnownRoles, RoleNames } from "./name-roles";
import type { Person } from "./people";

export interface ImportRequest extends ImportMode {
  readonly cluster: string;
  readonly people: ReadonlyMap<string, Person>;
  /** The roles of roles.yaml. */
  readonly roles: KnownRoles;
  /** Accounts that the folder declares on this cluster already, by the names that its roster has. */
  readonly declared: ReadonlySet<string>;
  /** Accounts that turned out to be impossible as drafted, by user name, and why. */
  readonly rejected: ReadonlyMap<string, readonly string[]>;
}

/** One new user file. */
export interface DraftFile {
  /** Without `.yaml`. */
  readonly stem: string;
  readonly user: string;
  /** The account's name in a roster. */
  readonly account: string;
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
  /** The accounts without the prefix that the construct has to name, with those that it names already. */
  readonly names: NamedByConstruct;
}

/** Drafts the files for all accounts that can be declared exactly as they are. */
export function draftImport(inventory: Inventory, request: ImportRequest): Draft {
  const { asIs, cluster, people, rejected } = request;
  const { alsoManages, observed, prefix, takeOver } = inventory;
  const all = theirs(inventory);
  const users = new Set(all.map(({ user }) => user));
  const found = usersOf(all.filter(account => !isRole(account)));
  const isDeclared = declaredAmong(users, inventory, request);
  const declared = found.filter(isDeclared).map(({ user }) => user);
  const toName = declared.filter(user => isUnnamed(user, inventory));
  let room = MOST_NAMED - Object.keys((asIs ? alsoManages : takeOver) ?? {}).length - toName.length;
  const roles = new RoleNames(request.roles);
  const context = { cluster, prefix, asIs, observed, roleOf: roles.nameOf, users, names: inventory };
  const leftOut: LeftOut[] = [];
  const drafted: (FoundUser & { readonly file: UserFile; readonly username: string })[] = [];
  const missing: Draft["missing"][number][] = [];
  for (const one of found.filter(other => !isDeclared(other))) {
    const person = people.get(one.user);
    const kind = one.accounts.every(({ proof }) => proof === "iam") ? "person" : "service";
    // What cannot be declared needs no row. Its roles are not proposed.
    const tried = declaredUser(one, person ?? { account: one.user, kind }, {
      ...context,
      roleOf: () => "read",
    });
    const reasons = [...(rejected.get(one.user) ?? ("reasons" in tried ? tried.reasons : []))];
    if (reasons.length === 0 && isUnnamed(one.user, inventory) && room-- <= 0)
      reasons.push(
        `a construct names at most ${MOST_NAMED} accounts without the prefix (RENAME USER to the prefix)`,
      );
    if (reasons.length > 0) leftOut.push({ ...named(one), reasons });
    else if (!person) missing.push({ user: one.user, kind });
    else
      drafted.push({
        ...one,
        ...(declaredUser(one, person, context) as Exclude<typeof tried, { reasons: unknown }>),
      });
  }
  const stems = fileNames(drafted.map(({ username }) => username));
  const names = namedByConstruct(inventory, [...toName, ...drafted.map(({ user }) => user)], asIs);
  const files = drafted.map(({ file, username, ...one }, at) => ({
    stem: stems[at]!,
    ...named(one),
    account: rosterName(one.user, { prefix, ...names }),
    file: stems[at] === username ? file : withUsername(file, username),
  }));
  return {
    files,
    roles: roles.added,
    leftOut,
    declared,
    nativeRoles: all.filter(isRole).map(quoteAccount).sort(byCodeUnit),
    missing,
    names,
  };
}

/**
 * Whether the folder declares the user's accounts already: without the prefix only those that a construct can
 * name, unless the account that they would become exists, too.
 */
const declaredAmong =
  (users: ReadonlySet<string>, inventory: Inventory, { declared }: ImportRequest) =>
  ({ accounts, user }: FoundUser): boolean => {
    const account = rosterName(user, inventory);
    const canBecome = !users.has(account) && accounts.every(({ host }) => host === "%");
    return declared.has(account) && (account === user || canBecome);
  };

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
