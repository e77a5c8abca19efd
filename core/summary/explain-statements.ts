import { groupBy } from "../group-by";
import { defined } from "../json";
import { effectsOf } from "../mysql";
import { SqlScanner } from "../mysql/sql-scanner";
import { hostsOf } from "../roster/account-hosts";
import { placeText } from "../roster/granted-object";
import { EMPTY_ROSTER, mapGrants, type Roster } from "../roster/roster";
import type { AccessChange } from "./access-change";
import type { ComparedRosters } from "./compared-rosters";
import { type AccountPair, pairAccounts } from "./declared-access";
import { declaredFacts, factOf, withoutEnds } from "./declared-facts";
import { differInOptions } from "./option-changes";

/** One effect of a statement, taken apart. */
export interface Effect {
  readonly verb: string;
  /** `'sl_jane'@'%'` */
  readonly account: string;
  readonly user: string;
  /** What follows the account: object and privilege. */
  readonly rest: string;
}

/** Why a statement has an effect: the roster changed, a grant has ended, or neither. */
export interface Explained {
  readonly intended: readonly Effect[];
  readonly ended: readonly Effect[];
  readonly drift: readonly Effect[];
  /** How many statements are not written as those of this package are. */
  readonly unread: number;
  /** The accounts that the roster changes and the statements do not. */
  readonly already: ReadonlySet<string>;
  /** The facts that the statements give or take, and the accounts that they make, drop or rename. */
  readonly touched: { readonly facts: ReadonlySet<string>; readonly accounts: ReadonlySet<string> };
}

/** Takes the effects of statements apart by what explains them. */
export function explainStatements(statements: readonly string[], rosters: ComparedRosters): Explained {
  const read = statements.map(effectsOf);
  const effects = read.flatMap(found => found ?? []).map(parseEffect);
  const { after = EMPTY_ROSTER, before = EMPTY_ROSTER } = rosters;
  const pairs = new Map(pairAccounts(before, after).map(pair => [pair.account, pair]));
  const facts = factsFor(rosters, pairs, new Set(effects.map(({ user }) => user)));
  const kinds = groupBy(effects, one => explain(one, facts, pairs));
  const changed = new Set(
    effects.flatMap(({ rest, user, verb }) => (verb === "rename" ? [user, rest] : user)),
  );
  return {
    intended: kinds.get("intended") ?? [],
    ended: kinds.get("ended") ?? [],
    drift: kinds.get("drift") ?? [],
    unread: read.filter(found => found === undefined).length,
    already: new Set([...pairs.keys()].filter(user => !changed.has(user))),
    touched: {
      facts: new Set(
        effects.map(({ account, rest, verb }) => factOf([GIVEN_BY[verb] ?? verb, account, rest].join("|"))),
      ),
      accounts: new Set(
        effects.flatMap(({ user, verb }) => (["create", "drop", "rename"].includes(verb) ? [user] : [])),
      ),
    },
  };
}

/** Whether the database has a change of the rosters already: no statement gives or takes any of it. */
export function isHeld(
  { account, place }: Pick<AccessChange, "account" | "place">,
  { already, touched }: Explained,
  { after = EMPTY_ROSTER, before = EMPTY_ROSTER, now }: ComparedRosters,
): boolean {
  if (already.has(account)) return true;
  // An account that is made, dropped or renamed has no place of which that is not known.
  if (place === undefined || touched.accounts.has(account)) return false;
  const [old, young] = [before, after].map((roster): ReadonlySet<string> => {
    const details = Object.hasOwn(roster.accounts, account) ? roster.accounts[account] : undefined;
    if (!details) return new Set<string>();
    const there = mapGrants(details, ({ database, grant, object }) =>
      placeText(database, object) === place ? grant : undefined,
    );
    return declaredFacts({ ...roster, accounts: { [account]: there } }, now, () => true);
  });
  const changed = [...old!, ...young!].filter(
    fact => fact.startsWith("grant") && !(old!.has(fact) && young!.has(fact)),
  );
  return changed.length > 0 && changed.every(fact => !touched.facts.has(fact));
}

interface Facts {
  readonly before: ReadonlySet<string>;
  readonly after: ReadonlySet<string>;
  /** Those of the rosters before and after if nothing had ended. */
  readonly endless: ReadonlySet<string>;
}

function factsFor(
  { after = EMPTY_ROSTER, before = EMPTY_ROSTER, now }: ComparedRosters,
  pairs: ReadonlyMap<string, AccountPair>,
  users: ReadonlySet<string>,
): Facts {
  const isAsked = (user: string) => users.has(user);
  const was = underNewNames(before, pairs);
  const endless = [was, after].flatMap(roster => [...declaredFacts(withoutEnds(roster), now, isAsked)]);
  return {
    before: declaredFacts(was, now, isAsked),
    after: declaredFacts(after, now, isAsked),
    endless: new Set(endless),
  };
}

/** The roster before, with each renamed account under its new name. */
const underNewNames = (roster: Roster, pairs: ReadonlyMap<string, AccountPair>): Roster => {
  const renamed = [...pairs.values()].filter(({ renamedFrom }) => renamedFrom !== undefined);
  const former = new Set(renamed.map(({ renamedFrom }) => renamedFrom));
  return {
    ...roster,
    accounts: Object.fromEntries([
      ...Object.entries(roster.accounts).filter(([name]) => !former.has(name)),
      ...renamed.map(({ account, before }) => [account, before!] as const),
    ]),
  };
};

function parseEffect(text: string): Effect {
  const verb = text.slice(0, text.indexOf("|"));
  const tail = text.slice(verb.length + 1);
  const scan = new SqlScanner(tail);
  const { user } = scan.account();
  return { verb, account: tail.slice(0, scan.position), user, rest: tail.slice(scan.position + 1) };
}

const GIVEN_BY: Readonly<Record<string, string>> = { revoke: "grant", "revoke-role": "grant-role" };
const GIVES = ["grant", "grant-role", "default-role"];
const TERMS = ["limit", "tls", "login", "password", "password-days", "discard"];

function explain(
  effect: Effect,
  { after, before, endless }: Facts,
  pairs: ReadonlyMap<string, AccountPair>,
): "intended" | "ended" | "drift" {
  const { account, rest, user, verb } = effect;
  const fact = (of: string) => factOf([of, account, ...(rest === "" ? [] : [rest])].join("|"));
  const exists = factOf(`create|${account}`);
  const isNew = after.has(exists) && !before.has(exists);
  const isGone = before.has(exists) && !after.has(exists);
  const hasEnded = !before.has(exists) && !after.has(exists) && endless.has(exists);
  const pair = pairs.get(user);
  if (GIVES.includes(verb)) return after.has(fact(verb)) && !before.has(fact(verb)) ? "intended" : "drift";
  const given = GIVEN_BY[verb];
  if (given !== undefined && before.has(fact(given)) && !after.has(fact(given))) return "intended";
  if (given !== undefined && endless.has(fact(given)) && !after.has(fact(given))) return "ended";
  if (verb === "rename") return isRenamed(effect, pairs) ? "intended" : "drift";
  if (verb === "create" || verb === "unlock")
    return isNew || (verb === "unlock" && wasSuspended(pair)) ? "intended" : "drift";
  if (TERMS.includes(verb))
    return isNew || (pair && differInOptions(pair)) ? "intended" : isGone ? "intended" : "drift";
  const shutsOut = verb === "lock" && pair?.after?.suspended && !pair.before?.suspended;
  if (isGone || shutsOut) return "intended";
  return hasEnded ? "ended" : "drift";
}

const wasSuspended = (pair: AccountPair | undefined): boolean =>
  pair?.before?.suspended === true && pair.after?.suspended !== true;

/** Whether the roster gives the account its new name, or the host of its new name in place of the old one. */
function isRenamed({ account, rest, user }: Effect, pairs: ReadonlyMap<string, AccountPair>): boolean {
  const [from, to] = [account, rest].map(text => new SqlScanner(text).account());
  const pair = pairs.get(to!.user);
  if (pair?.renamedFrom !== undefined) return pair.renamedFrom === user;
  if (to!.user !== user || !pair?.before || !pair.after) return false;
  const [before, after] = [hostsOf(pair.before), hostsOf(pair.after)];
  const isNew = after.includes(to!.host) && !before.includes(to!.host);
  return isNew && before.includes(from!.host) && !after.includes(from!.host);
}

/** Effects after which open sessions go on with what they may no longer do, unless they are ended. */
const ENDS = ["revoke", "revoke-role", "revoke-proxy", "lock", "drop", "tls", "login"];
export const endsSessions = ({ verb }: Effect): boolean => ENDS.includes(verb);

/** Rows about drift: one for each account and object. */
export function driftChanges(
  drift: readonly Effect[],
  { after, before, cluster }: ComparedRosters,
): AccessChange[] {
  const groups = groupBy(drift, ({ account, rest, verb }) => JSON.stringify([account, objectOf(verb, rest)]));
  return [...groups.values()].map(effects => {
    const { account, rest, user, verb } = effects[0]!;
    const details = [after, before].find(roster => roster && Object.hasOwn(roster.accounts, user))?.accounts[
      user
    ];
    const taken = effects.filter(({ verb: of }) => of in GIVEN_BY);
    const given = effects.filter(({ verb: of }) => GIVES.includes(of));
    const others = effects.filter(one => ![...taken, ...given].includes(one));
    const isMissing = others.some(({ verb: of }) => of === "create");
    return {
      kind: "drift",
      account: account === `'${user}'@'%'` ? user : account,
      user: details?.user ?? user,
      cluster,
      ...defined({
        userKind: details?.kind,
        name: details?.name,
        email: details?.email,
        place: objectOf(verb, rest),
        endsSessions: effects.some(endsSessions) ? (true as const) : undefined,
      }),
      from: textOf(taken, isMissing ? "missing in the database" : "as found in the database"),
      to: textOf(given, others.length > 0 ? verbsText(others) : "taken away"),
      marks: [],
      notes: [],
    };
  });
}

const PLAIN = /^`((?:[^`]|``)+)`\.\*$/;

/** The object of a privilege; undefined for what is about the account itself. */
function objectOf(verb: string, rest: string): string | undefined {
  if (verb in GIVEN_BY || GIVES.includes(verb)) {
    const text = verb.endsWith("role") ? `role ${rest}` : rest.slice(0, rest.lastIndexOf("|"));
    return PLAIN.exec(text)?.[1]?.replaceAll("``", "`") ?? text;
  }
  return undefined;
}

const textOf = (effects: readonly Effect[], otherwise: string): string =>
  effects.length === 0
    ? otherwise
    : effects
        .map(({ rest, verb }) => (verb.endsWith("role") ? "role" : rest.slice(rest.lastIndexOf("|") + 1)))
        .join(", ");

const verbsText = (effects: readonly Effect[]): string =>
  [...new Set(effects.map(({ rest, verb }) => WORDS[verb] ?? `${verb} ${rest}`.trim()))].join(", ");

const WORDS: Readonly<Record<string, string>> = {
  create: "created",
  drop: "dropped",
  lock: "locked",
  unlock: "unlocked",
  login: "login set",
  unblock: "login no longer blocked",
  "one-factor": "second factor removed",
  "revoke-proxy": "proxy taken away",
};
