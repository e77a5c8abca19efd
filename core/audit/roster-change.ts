import * as z from "zod";
import { groupBy } from "../group-by";
import { byCodeUnit, canonicalJson, defined, type Json, own } from "../json";
import { objectKey } from "../roster/granted-object";
import {
  type DatabaseGrant,
  databaseGrantSchema,
  EMPTY_ROSTER,
  grantsOf,
  type Roster,
  type RosterAccount,
} from "../roster/roster";
import { jsonBytes, splitList } from "../split-list";

/** The most that one entry says of grants given, or taken. An audit item holds at least one entry. */
const ENTRY_BYTES = 100_000;

const { also: _also, ...grantShape } = databaseGrantSchema.unwrap().shape;
/** A grant, and the database or the `objectKey` that it is on. */
const placedSchema = z.looseObject({
  ...grantShape,
  on: z.string(),
  role: z.string(),
  /** Whether `on` is an `objectKey`. */
  object: z.literal(true).optional(),
});

/** What the files say of a user beyond the grants. */
const accountFieldsSchema = z.looseObject({
  kind: z.string(),
  name: z.string().optional(),
  email: z.string().optional(),
  owner: z.string().optional(),
  login: z.string().optional(),
  suspended: z.boolean().optional(),
});

/**
 * How the roster's declaration of one account changed. Grants of teams have `team`. An account with very many
 * grants has several entries. Readers accept other members: a later release's.
 */
export const rosterChangeSchema = z.looseObject({
  account: z.string(),
  user: z.string(),
  gave: z.array(placedSchema).optional(),
  took: z.array(placedSchema).optional(),
  /** Of an account that is no longer declared: what its file said. */
  was: accountFieldsSchema.optional(),
  /** Set if the account was not declared before. */
  isNew: z.literal(true).optional(),
  /** Whether the account was suspended before, if that changed. */
  wasSuspended: z.boolean().optional(),
  /** Other fields that changed: `limits`. */
  other: z.array(z.string()).optional(),
});

export type RosterChange = z.output<typeof rosterChangeSchema>;
export type PlacedTerms = z.output<typeof placedSchema>;

/**
 * What a roster declares that another did not, by account: the grants given and taken, as files write them.
 * The statements of a change set do not say that: an end and a reason are in no SQL.
 * @param before absent: nothing was declared
 */
export function rosterChanges(before: Roster | undefined, after: Roster): RosterChange[] {
  const from = (before ?? EMPTY_ROSTER).accounts;
  const names = [...new Set([...Object.keys(from), ...Object.keys(after.accounts)])].sort(byCodeUnit);
  return names.flatMap(account => changeOf(account, own(from, account), own(after.accounts, account)));
}

function changeOf(
  account: string,
  before: RosterAccount | undefined,
  after: RosterAccount | undefined,
): RosterChange[] {
  if (canonicalJson(before as Json) === canonicalJson(after as Json)) return [];
  const [old, now] = [termsOf(before), termsOf(after)];
  const differs = (from: Terms, to: Terms) =>
    [...from].flatMap(([key, terms]) =>
      canonicalJson(to.get(key) as Json) === canonicalJson(terms as Json) ? [] : [terms],
    );
  const gave = differs(now, old);
  const took = differs(old, now);
  const isKept = before !== undefined && after !== undefined;
  const other = isKept ? changedFields(before, after) : [];
  const wasSuspended = isKept && before.suspended !== after.suspended ? before.suspended === true : undefined;
  const named = { account, user: (after ?? before)?.user ?? account };
  const [first, ...more] = entriesOf(gave, took);
  return [
    defined({
      ...named,
      ...first,
      was: before && !after ? fieldsOf(before) : undefined,
      isNew: before ? undefined : (true as const),
      wasSuspended,
      other: other.length > 0 ? other : undefined,
    }),
    ...more.map(entry => ({ ...named, ...entry })),
  ];
}

/** What was given and taken, in entries that fit into audit items. */
function entriesOf(
  gave: readonly PlacedTerms[],
  took: readonly PlacedTerms[],
): Pick<RosterChange, "gave" | "took">[] {
  const all = [
    ...gave.map(terms => ["gave", terms] as const),
    ...took.map(terms => ["took", terms] as const),
  ];
  const parts = splitList(all, { bytes: ENTRY_BYTES }, ([, terms]) => jsonBytes(terms));
  return parts.map(part =>
    Object.fromEntries(
      [...groupBy(part, ([list]) => list)].map(([list, some]) => [list, some.map(one => one[1])]),
    ),
  );
}

/** One change for each account: the entries of an account together. */
export const joinedChanges = (entries: readonly RosterChange[]): RosterChange[] =>
  [...groupBy(entries, ({ account }) => account).values()].map(parts => {
    const all = (list: "gave" | "took") => {
      const terms = parts.flatMap(part => part[list] ?? []);
      return terms.length > 0 ? terms : undefined;
    };
    return {
      ...(Object.assign({}, ...parts) as RosterChange),
      ...defined({ gave: all("gave"), took: all("took") }),
    };
  });

type Terms = ReadonlyMap<string, PlacedTerms>;

/** The grants of an account by what they are on, and by team. */
export const termsOf = (account: RosterAccount | undefined): Map<string, PlacedTerms> =>
  new Map(
    (account ? grantsOf(account) : []).map(({ database, object, grant }) => {
      const on = object ? objectKey(object) : database;
      return [
        placeKey({ on, object: object ? true : undefined, team: grant.team }),
        placedTerms(on, object !== undefined, grant),
      ];
    }),
  );

/**
 * The same text for the same place and team only: a database can have the name of an `objectKey`, and no
 * team's name has a space.
 */
export const placeKey = ({ object, on, team }: Pick<PlacedTerms, "on" | "object" | "team">): string =>
  `${team === undefined ? "" : `${team}: `}${object ? "object" : "database"} ${on}`;

const placedTerms = (on: string, isObject: boolean, grant: DatabaseGrant): PlacedTerms =>
  defined({ on, object: isObject ? (true as const) : undefined, ...grant }) as PlacedTerms;

function fieldsOf({ kind, name, email, owner, login, suspended }: RosterAccount): RosterChange["was"] {
  return defined({ kind, name, email, owner, login, suspended });
}

/** The fields that changed, without the grants and the suspension. */
function changedFields(before: RosterAccount, after: RosterAccount): string[] {
  const { databases: _, objects: __, suspended: ___, ...from } = before;
  const { databases: _d, objects: _o, suspended: _s, ...to } = after;
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort(byCodeUnit);
  const valueIn = (record: object, key: string) => canonicalJson((record as Record<string, Json>)[key]);
  return keys.filter(key => valueIn(from, key) !== valueIn(to, key));
}
