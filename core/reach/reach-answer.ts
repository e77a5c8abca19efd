import * as z from "zod";
import { defined } from "../json";
import type { ObservedState } from "../mysql";
import { isSameDatabase, rowReaches } from "../mysql/database-name";
import { hostsOf } from "../roster/account-hosts";
import { type GrantedObject, isInner, isOfServer } from "../roster/granted-object";
import { grantsOf, holdsAt, type Roster } from "../roster/roster";
import type { ReachRow } from "./reach";
import type { ReachTarget } from "./reach-facts";

/** The number of the form below. The function that answers and the command that reads have the same. */
const FORM = 1;

/** What is declared of an account on the target. */
export interface DeclaredReach {
  /** The user name; an account that nobody declares has no `declared`. */
  readonly user: string;
  /** The source in Parameter Store that declares it, if no file does. */
  readonly source?: string | undefined;
  /** The grants that are about the target, or about the whole server. */
  readonly grants: readonly {
    readonly role: string;
    readonly expires?: string | undefined;
    /** The team whose grant it is; absent: the account's own. */
    readonly team?: string | undefined;
  }[];
}

export interface ReachAnswer {
  readonly form: typeof FORM;
  readonly rows: readonly (ReachRow & { readonly declared?: DeclaredReach | undefined })[];
  /** Set if there is no such database or table: what is there instead. */
  readonly missing?: string | undefined;
  /** What the administrator may not see, so that the answer may lack something. */
  readonly unseen: readonly string[];
}

const answerSchema = z.looseObject({
  form: z.literal(FORM),
  rows: z.array(z.looseObject({ user: z.string(), host: z.string(), ways: z.array(z.looseObject({})) })),
  unseen: z.array(z.string()),
});

/** The content of a function's answer; undefined if it is of another release. */
export const parseReachAnswer = (value: unknown): ReachAnswer | undefined =>
  answerSchema.safeParse(value).success ? (value as ReachAnswer) : undefined;

/** The answer about a name that does not exist. "Nobody" would be wrong. */
export const missingAnswer = (missing: string): ReachAnswer => ({
  form: FORM,
  rows: [],
  missing,
  unseen: [],
});

/** The rows with what the roster in effect, sources included, declares of each. */
export function reachAnswer(
  rows: readonly ReachRow[],
  target: ReachTarget,
  {
    now,
    observed,
    roster,
  }: { readonly now: Date; readonly observed: ObservedState; readonly roster: Roster },
): ReachAnswer {
  const isAbout = (database: string, object: GrantedObject | undefined) =>
    object === undefined
      ? isSameDatabase(database, target.database, observed)
      : isOfServer(object) ||
        (isInner(object)
          ? isSameDatabase(database, target.database, observed) &&
            (target.table === undefined || isSameDatabase(object.name, target.table, observed))
          : rowReaches(object.name, target.database, observed));
  const declaredOf = ({ host, user }: ReachRow): DeclaredReach | undefined => {
    const account = Object.hasOwn(roster.accounts, user) ? roster.accounts[user] : undefined;
    if (!account || !hostsOf(account).includes(host)) return undefined;
    const grants = grantsOf(account)
      .filter(({ database, grant, object }) => holdsAt(grant, now) && isAbout(database, object))
      .map(({ grant: { expires, role, team } }) => ({ role, ...defined({ expires, team }) }));
    return { user: account.user, ...defined({ source: account.source }), grants };
  };
  return {
    form: FORM,
    rows: rows.map(row => ({ ...row, ...defined({ declared: declaredOf(row) }) })),
    unseen: observed.lacks.map(({ on, privilege, purpose }) => `${privilege} on ${on}: ${purpose}`),
  };
}
