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

/** What a roster says of an account beyond its grants, as user files write it. Absent: the default. */
const accountFieldsSchema = z.looseObject({
  user: z.string().optional(),
  kind: z.string().optional(),
  name: z.string().optional(),
  email: z.string().optional(),
  owner: z.string().optional(),
  formerly: z.string().optional(),
  login: z.string().optional(),
  suspended: z.boolean().optional(),
  limits: z.record(z.string(), z.number()).optional(),
  tls: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
  hosts: z.array(z.string()).optional(),
  password: z.record(z.string(), z.number()).optional(),
});
const FIELDS = Object.keys(accountFieldsSchema.shape) as (keyof typeof accountFieldsSchema.shape)[];

/**
 * How the roster's declaration of one account changed. Grants of teams have `team`. An account with very many
 * grants has several entries. Readers accept other members: a later release's.
 */
export const rosterChangeSchema = z.looseObject({
  account: z.string(),
  user: z.string(),
  gave: z.array(placedSchema).optional(),
  took: z.array(placedSchema).optional(),
  /** Of an account that is no longer declared: its fields. */
  was: accountFieldsSchema.optional(),
  /** Set if the account was not declared before. */
  isNew: z.literal(true).optional(),
  /** Of a new account: the former name that the roster says. */
  formerly: z.string().optional(),
  /** The fields that changed, before and after. */
  from: accountFieldsSchema.optional(),
  to: accountFieldsSchema.optional(),
  /** Roles that grants kept, and that give something else now. */
  roles: z.array(z.string()).optional(),
});

export type AccountFields = z.output<typeof accountFieldsSchema>;
export type RosterChange = z.output<typeof rosterChangeSchema>;
export type PlacedTerms = z.output<typeof placedSchema>;

/**
 * What a roster declares that another did not, by account: the grants given and taken, as files write them.
 * The statements of a change set do not say that: an end and a reason are in no SQL.
 * @param before absent: nothing was declared
 */
export function rosterChanges(before: Roster | undefined, after: Roster): RosterChange[] {
  const from = before ?? EMPTY_ROSTER;
  const names = [...new Set([from, after].flatMap(({ accounts }) => Object.keys(accounts)))].sort(byCodeUnit);
  const changedRoles = new Set(
    Object.keys(from.roles).filter(
      role => own(after.roles, role) && canonicalJson(from.roles[role]) !== canonicalJson(after.roles[role]),
    ),
  );
  return names.flatMap(account =>
    changeOf(account, own(from.accounts, account), own(after.accounts, account), changedRoles),
  );
}

function changeOf(
  account: string,
  before: RosterAccount | undefined,
  after: RosterAccount | undefined,
  changedRoles: ReadonlySet<string>,
): RosterChange[] {
  const [old, now] = [termsOf(before), termsOf(after)];
  const hasSame = (to: Terms, [key, terms]: readonly [string, PlacedTerms]) =>
    canonicalJson(to.get(key) as Json) === canonicalJson(terms as Json);
  const differs = (from: Terms, to: Terms) =>
    [...from].flatMap(([key, terms]) => (hasSame(to, [key, terms]) ? [] : [terms]));
  const gave = differs(now, old);
  const took = differs(old, now);
  const kept = [...now].filter(one => hasSame(old, one)).map(([, { role }]) => role);
  const roles = [...new Set(kept.filter(role => changedRoles.has(role)))];
  const change = defined({
    was:
      before && !after
        ? onlyFields(
            before,
            FIELDS.filter(field => field !== "user"),
          )
        : undefined,
    isNew: before ? undefined : (true as const),
    formerly: before ? undefined : after?.formerly,
    ...(before && after ? changedFields(before, after) : undefined),
    roles: roles.length > 0 ? roles : undefined,
  });
  const [first, ...more] = entriesOf(gave, took);
  if (!first && Object.keys(change).length === 0) return [];
  const named = { account, user: (after ?? before)?.user ?? account };
  return [{ ...named, ...first, ...change }, ...more.map(entry => ({ ...named, ...entry }))];
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

/** Some fields of an account, without those that it does not have. */
const onlyFields = (account: RosterAccount, fields: readonly (typeof FIELDS)[number][]): AccountFields =>
  defined(Object.fromEntries(fields.map(field => [field, account[field]]))) as AccountFields;

/** The fields that changed, without the grants. */
function changedFields(before: RosterAccount, after: RosterAccount): Partial<RosterChange> {
  const changed = FIELDS.filter(
    field => canonicalJson(before[field] as Json) !== canonicalJson(after[field] as Json),
  );
  return changed.length === 0 ? {} : { from: onlyFields(before, changed), to: onlyFields(after, changed) };
}
