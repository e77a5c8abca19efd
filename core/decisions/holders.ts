import type { ChangeSetBody } from "../contract/payload";
import type { RegistryEntry } from "../contract/registry-entry";
import { groupBy } from "../group-by";
import { byCodeUnit } from "../json";
import { type AccountId, type ObservedState, quoteAccount } from "../mysql";
import { rowReaches } from "../mysql/database-name";
import { hasPrefix, isSystemAccount } from "../roster/account-name";
import type { Roster } from "../roster/roster";
import type { MaybeUnproven } from "../unproven";

/**
 * What an account without the prefix may hold: a privilege; GRANT OPTION, or a role with ADMIN OPTION; PROXY,
 * for a managed account.
 */
const KINDS = ["reaches", "can grant on", "can act as"] as const;
type Kind = (typeof KINDS)[number];

/** Who held what, beyond the accounts with the prefix, when a run last looked. */
export interface HoldersBaseline extends MaybeUnproven {
  /** The databases that the run looked at. */
  readonly databases: readonly string[];
  /** The kinds that the run looked for. Absent: privileges only, as in earlier releases. */
  readonly kinds?: readonly string[] | undefined;
  /** By holder (`'shopapp'@'%' reaches payroll`): since when, in UTC; "" once a reviewed plan showed it. */
  readonly holders: Readonly<Record<string, string>>;
}

/** A holder that no reviewed plan has shown yet. */
export interface NewHolder {
  readonly holder: string;
  /** When a run first saw it; undefined if none has recorded it yet. */
  readonly since: string | undefined;
}

export interface HoldersRequest {
  readonly observed: ObservedState;
  readonly prefix: string;
  /** See `managedDatabases`. */
  readonly databases: readonly string[];
  /** Absent: no run has looked yet. Nothing is new then. */
  readonly baseline: HoldersBaseline | undefined;
  /** When the server was observed, or later. */
  readonly now: Date;
  /** Holders that were recorded by then are seen: a plan was applied that began to look at that time. */
  readonly reviewedAt?: Date | undefined;
}

export interface HoldersFound {
  /** What the next run compares with. */
  readonly baseline: HoldersBaseline;
  /** Holders that this run is the first to see. */
  readonly fresh: readonly string[];
  /** Holders that no reviewed plan has shown yet, the fresh ones included. */
  readonly unseen: readonly NewHolder[];
}

/**
 * The databases whose holders are watched: those of rosters, of sources, and of the ceiling. A source's do
 * not depend on its document, which nobody reviews.
 */
export const managedDatabases = (
  roster: Roster,
  { ceiling, sources }: Pick<RegistryEntry, "ceiling" | "sources">,
): string[] => {
  const declared = Object.values(roster.accounts).flatMap(({ databases }) => Object.keys(databases));
  const ofSources = sources.flatMap(({ databases }) => databases);
  return [...new Set([...declared, ...ofSources, ...(ceiling.databases ?? [])])].sort(byCodeUnit);
};

/**
 * Until when an apply accepts recorded holders: until its plan began to look. None if no person saw them: the
 * set's status shows none, or it was made within the apply, because its gate was new.
 */
export const reviewedAt = (
  { plannedAt, status }: Pick<ChangeSetBody, "plannedAt" | "status">,
  isGateKnown: boolean,
): Date | undefined =>
  isGateKnown && (status === "changes" || status === "none") ? new Date(plannedAt) : undefined;

/**
 * Compares who holds anything on the managed databases with what an earlier run saw. Holders of a database
 * that is managed no longer are kept if no plan has shown them: it may come back.
 */
export function compareHolders(request: HoldersRequest): HoldersFound {
  const { baseline, databases, now, reviewedAt } = request;
  const left = new Set(baseline?.databases.filter(name => !databases.includes(name)));
  const watched = new Set(databases);
  const holders: Record<string, string> = {};
  const fresh = new Set<string>();
  for (const { holder, right } of holdersOf({ ...request, databases: [...databases, ...left] })) {
    const isKnown = baseline && !isForged(baseline) && Object.hasOwn(baseline.holders, holder);
    const since = isKnown ? baseline.holders[holder]! : undefined;
    const isReviewed = since !== undefined && reviewedAt !== undefined && since <= reviewedAt.toISOString();
    if (left.has(right.on)) {
      if (!since || isReviewed) continue;
      watched.add(right.on);
    }
    const isNew = since === undefined && wasLookedFor(right, baseline);
    if (isNew) fresh.add(holder);
    holders[holder] = isNew ? now.toISOString() : isReviewed ? "" : (since ?? "");
  }
  const unseen = Object.entries(holders).flatMap(([holder, since]) =>
    since === "" ? [] : [{ holder, since: fresh.has(holder) ? undefined : since }],
  );
  return { baseline: { databases: [...watched], kinds: KINDS, holders }, fresh: [...fresh], unseen };
}

/** Whether somebody else may have written the baseline. It then says of nobody that they are known. */
const isForged = ({ unproven }: HoldersBaseline): boolean => unproven === "invalid" || unproven === "missing";

/** Whether an earlier run would have found it. Who holds something else may have held it for long. */
function wasLookedFor({ kind, on }: Right, baseline: HoldersBaseline | undefined): boolean {
  if (baseline && isForged(baseline)) return true;
  if (baseline === undefined || !(baseline.kinds ?? ["reaches"]).includes(kind)) return false;
  return kind === "can act as" || on === ALL || baseline.databases.includes(on);
}

/** A line for a person: `'shopapp'@'%' reaches payroll since 2026-11-20T00:00:00.000Z`. */
export const holderLine = ({ holder, since }: NewHolder): string =>
  since === undefined ? holder : `${holder} since ${since}`;

/** Means every database: the holder has a privilege on all of them. */
const ALL = "*.*";

/** Something that an account holds. */
interface Right {
  readonly kind: Kind;
  /** A managed database, `*.*`, or a quoted account. */
  readonly on: string;
}

/** The rights of one account, by their text. */
interface Holder {
  readonly account: AccountId;
  readonly rights: Map<string, Right>;
}

/** Who holds what, without accounts with the prefix, of the server, and the administrator. */
function holdersOf(request: HoldersRequest): { readonly holder: string; readonly right: Right }[] {
  const { observed, prefix } = request;
  const isWatched = ({ user, host }: AccountId) =>
    !hasPrefix(prefix, user) &&
    !isSystemAccount(user) &&
    !(user === observed.self.user && host === observed.self.host);
  return [...heldRights(request)]
    .filter(([, { account }]) => isWatched(account))
    .flatMap(([name, { rights }]) =>
      [...rights].map(([text, right]) => ({ holder: `${name} ${text}`, right })),
    )
    .sort((a, b) => byCodeUnit(a.holder, b.holder));
}

/** What each account holds, by its own grants and by the roles that it holds. */
function heldRights({ databases, observed }: HoldersRequest): Map<string, Holder> {
  const held = new Map<string, Holder>();
  const { grants, proxies, roles } = observed.outside;
  const reached = new Map<string | undefined, readonly string[]>([[undefined, [ALL]]]);
  for (const { account, database, grantOption, reaches } of grants) {
    if (!reached.has(database))
      reached.set(
        database,
        databases.filter(name => rowReaches(database!, name, observed)),
      );
    for (const on of reached.get(database)!) {
      if (reaches) give(held, account, { kind: "reaches", on });
      if (grantOption) give(held, account, { kind: "can grant on", on });
    }
  }
  const members = groupBy(roles, ({ role }) => quoteAccount(role));
  const waiting = [...held.keys()];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop())
    for (const { adminOption, member } of members.get(key) ?? []) {
      const inherited = [...held.get(key)!.rights.values()];
      const given = adminOption ? inherited.map(({ on }) => ({ kind: "can grant on", on }) as const) : [];
      const isMore = [...inherited, ...given].map(right => give(held, member, right)).includes(true);
      if (isMore) waiting.push(quoteAccount(member));
    }
  // Members of a role do not act as those that the role may act as.
  for (const { account, proxied } of proxies)
    give(held, account, {
      kind: "can act as",
      on: proxied.user === "" ? "any account" : quoteAccount(proxied),
    });
  return held;
}

/** @returns whether the account did not have it yet */
function give(held: Map<string, Holder>, account: AccountId, right: Right): boolean {
  const key = quoteAccount(account);
  const holder = held.get(key) ?? { account, rights: new Map<string, Right>() };
  held.set(key, holder);
  const text = `${right.kind} ${right.on}`;
  const isNew = !holder.rights.has(text);
  holder.rights.set(text, right);
  return isNew;
}
