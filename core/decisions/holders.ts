import type { ChangeSetBody } from "../contract/payload";
import type { RegistryEntry } from "../contract/registry-entry";
import { groupBy } from "../group-by";
import { byCodeUnit } from "../json";
import {
  ACCOUNT_HOST,
  type AccountId,
  ALL,
  isMandatory,
  type ObservedState,
  outsideRights,
  quoteAccount,
  type Right,
  rightDetail,
  rightText,
  spelledAs,
} from "../mysql";
import { listSome, nameSome } from "../name-some";
import { hasPrefix, isSystemAccount } from "../roster/account-name";
import { isManaged, type ManagedNames } from "../roster/managed-names";
import { databasesOf, type Roster } from "../roster/roster";
import type { MaybeUnproven } from "../unproven";

/** What is compared: who may act as another, who holds which privilege, and what a mandatory role gives. */
const KINDS = ["can act as", "by privilege", "mandatory roles"];

/** Who held what, beyond the accounts with the prefix, when a run last looked. */
export interface HoldersBaseline extends MaybeUnproven {
  /** The databases that the run looked at. */
  readonly databases: readonly string[];
  /**
   * What the run looked for: see `KINDS`. Earlier releases wrote kinds of rights (absent: `reaches`), and
   * their holders do not say by which privilege.
   */
  readonly kinds?: readonly string[] | undefined;
  /**
   * By holder and right (`'shopapp'@'%' reaches payroll by SELECT`): since when, in UTC; "" once a reviewed
   * plan showed it.
   */
  readonly holders: Readonly<Record<string, string>>;
}

/** A holder that no reviewed plan has shown yet, or what it got in addition. */
export interface NewHolder {
  /** ``'shopapp'@'%' reaches payroll (SELECT, INSERT on TABLE `t`)``. */
  readonly holder: string;
  /** When a run first saw it; undefined if none has recorded it yet. */
  readonly since: string | undefined;
}

export interface HoldersRequest {
  readonly observed: ObservedState;
  /** Which accounts may be managed. */
  readonly names: ManagedNames;
  /** User names that the cluster's rosters and sources declare, or declared: runs look after them. */
  readonly managed: ReadonlySet<string>;
  /** Whether they look after such a user's account at the host. Default: at `%` alone. */
  readonly isManagedHost?: ((user: string, host: string) => boolean) | undefined;
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
  readonly fresh: readonly NewHolder[];
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
  const declared = databasesOf(roster);
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
  const { baseline, now, observed, reviewedAt } = request;
  const databases = spelledAs(request.databases, baseline?.databases ?? [], observed);
  const left = new Set(baseline?.databases.filter(name => !databases.includes(name)));
  const watched = new Set(databases);
  const holders: Record<string, string> = {};
  const found: (Held & { readonly since: string | undefined })[] = [];
  for (const held of heldRights(request, [...databases, ...left])) {
    const { right } = held;
    const since = knownSince(held, baseline);
    const isReviewed = since !== undefined && reviewedAt !== undefined && since <= reviewedAt.toISOString();
    if (left.has(right.on)) {
      if (!since || isReviewed) continue;
      watched.add(right.on);
    }
    const isNew = since === undefined && wasLookedFor(held, baseline);
    const recorded = isNew ? now.toISOString() : isReviewed ? "" : (since ?? "");
    holders[rightOf(held)] = recorded;
    if (recorded !== "") found.push({ ...held, since: isNew ? undefined : recorded });
  }
  const unseen = byHolder(withoutIncluded(found));
  return {
    baseline: { databases: [...watched], kinds: KINDS, holders },
    fresh: unseen.filter(({ since }) => since === undefined),
    unseen,
  };
}

/** A right of an account that is not managed. */
interface Held {
  /** The quoted account. */
  readonly holder: string;
  readonly right: Right;
  /** Whether releases that did not compare by privilege watched it. */
  readonly isAncient: boolean;
  /** Whether every account has it, by the setting `mandatory_roles`. */
  readonly isEverybodys: boolean;
}

const rightOf = ({ holder, right }: Pick<Held, "holder" | "right">): string =>
  `${holder} ${rightText(right)}`;

const EVERYBODYS = " (every account has this role)";

/** Since when an earlier run knows of it; undefined if none does. */
function knownSince(
  { holder, isEverybodys, right }: Held,
  baseline: HoldersBaseline | undefined,
): string | undefined {
  if (!baseline || isForged(baseline)) return undefined;
  const keys = looksForPrivileges(baseline)
    ? [holder, ...(isEverybodys ? [] : [holder + EVERYBODYS])].map(one => rightOf({ holder: one, right }))
    : [right.on, ...(right.everywhere ? [ALL] : [])].map(on => `${holder} ${right.kind} ${on}`);
  const key = keys.find(one => Object.hasOwn(baseline.holders, one));
  return key === undefined ? undefined : baseline.holders[key];
}

/** Without what the line of a privilege on all databases says that came at the same time. */
function withoutIncluded<H extends Held & { readonly since: string | undefined }>(found: readonly H[]): H[] {
  const keyOf = ({ holder, right, since }: H) => `${holder} ${right.privilege} ${since}`;
  const everywhere = new Set(found.filter(({ right }) => right.on === ALL).map(keyOf));
  return found.filter(held => !(held.right.everywhere && everywhere.has(keyOf(held))));
}

/** One line for all that an account got on a database at one time. */
const byHolder = (found: readonly (Held & { readonly since: string | undefined })[]): NewHolder[] =>
  [
    ...groupBy(found, ({ holder, right, since }) => JSON.stringify([holder, right.kind, right.on, since])),
  ].map(([, rights]) => {
    const { holder, right, since } = rights[0]!;
    const details = nameSome(rights.map(({ right }) => rightDetail(right)).filter(Boolean), MAX_DETAILS);
    return { holder: `${holder} ${right.kind} ${right.on}${details && ` (${details})`}`, since };
  });

/** A line of an event has at most 400 characters. */
const MAX_DETAILS = 5;

/** Whether somebody else may have written the baseline. It then says of nobody that they are known. */
const isForged = ({ unproven }: HoldersBaseline): boolean => unproven === "invalid" || unproven === "missing";

/** Whether the run that wrote it compared by privilege. */
const looksForPrivileges = ({ kinds }: HoldersBaseline): boolean => kinds?.includes("by privilege") === true;

/** Whether an earlier run would have found it. Who holds something else may have held it for long. */
function wasLookedFor(
  { isAncient, isEverybodys, right }: Held,
  baseline: HoldersBaseline | undefined,
): boolean {
  const { kind, on } = right;
  if (baseline && isForged(baseline)) return true;
  if (baseline === undefined) return false;
  if (!isAncient && !looksForPrivileges(baseline)) return false;
  if (isEverybodys && !baseline.kinds?.includes("mandatory roles")) return false;
  const looks =
    (baseline.kinds ?? ["reaches"]).includes(kind) || (kind !== "can act as" && looksForPrivileges(baseline));
  return looks && (kind === "can act as" || on === ALL || baseline.databases.includes(on));
}

/** A line for a person: `'shopapp'@'%' reaches payroll since 2026-11-20T00:00:00.000Z`. */
export const holderLine = ({ holder, since }: NewHolder): string =>
  since === undefined ? holder : `${holder} since ${since}`;

/** One note for those that this plan can accept, and one for those that no run has recorded yet. */
export function holderNotes(outside: readonly NewHolder[]): string[] {
  const accepted = outside.filter(({ since }) => since !== undefined);
  const early = outside.filter(({ since }) => since === undefined);
  const note = (holders: readonly NewHolder[], advice: string) =>
    holders.length === 0
      ? []
      : [
          `NEW ACCESS of accounts that are not managed here: ${listSome(holders.map(holderLine), SHOWN)}. ` +
            `Nothing is taken from them. Revoke it by hand, ${advice}`,
        ];
  return [
    ...note(accepted, "or apply this plan to accept it."),
    ...note(early, "or wait: the next run reports it, and a plan after that can accept it."),
  ];
}

const SHOWN = 20;

/** What accounts hold, in order, without those that runs look after, and without the administrator. */
function heldRights(request: HoldersRequest, databases: readonly string[]): Held[] {
  const { managed, names, observed } = request;
  const { isManagedHost = (_: string, host: string) => host === ACCOUNT_HOST } = request;
  const isWatched = (account: AccountId) => {
    const { host, user } = account;
    const isOurs = isManaged(names, account) && managed.has(user) && isManagedHost(user, host);
    if (user === observed.self.user && host === observed.self.host) return false;
    return !isOurs || isMandatory(account, observed);
  };
  return outsideRights(databases, observed, isWatched)
    .flatMap(({ account, rights }) => {
      const isEverybodys = isMandatory(account, observed);
      const whose = account.user === "" ? " (everybody)" : isEverybodys ? EVERYBODYS : "";
      const holder = quoteAccount(account) + whose;
      const isAncient = !hasPrefix(names.prefix, account.user) && !isSystemAccount(account.user);
      return rights.map(right => ({ holder, right, isAncient, isEverybodys }));
    })
    .sort((a, b) => byWeight(a.right, b.right) || byCodeUnit(rightOf(a), rightOf(b)));
}

/** What reaches a whole database comes before single tables, since a line names only some. */
const byWeight = (a: Right, b: Right): number =>
  Number(a.where !== undefined) - Number(b.where !== undefined);
