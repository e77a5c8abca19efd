import * as z from "zod";
import { byCodeUnit, canonicalJson, defined, type Json } from "../json";
import { objectKey } from "../roster/granted-object";
import {
  type DatabaseGrant,
  databaseGrantSchema,
  EMPTY_ROSTER,
  grantsOf,
  type Roster,
  type RosterAccount,
} from "../roster/roster";

/** A grant, and the database or the `objectKey` that it is on. */
const placedSchema = z.looseObject({
  ...databaseGrantSchema.unwrap().shape,
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

/** How the roster's declaration of one account changed. Readers accept other members: a later release's. */
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
  return names.flatMap(account =>
    changeOf(account, ownMember(from, account), ownMember(after.accounts, account)),
  );
}

const ownMember = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

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
  return [
    defined({
      account,
      user: (after ?? before)?.user ?? account,
      gave: gave.length > 0 ? gave : undefined,
      took: took.length > 0 ? took : undefined,
      was: before && !after ? fieldsOf(before) : undefined,
      isNew: before ? undefined : (true as const),
      wasSuspended,
      other: other.length > 0 ? other : undefined,
    }),
  ];
}

type Terms = ReadonlyMap<string, PlacedTerms>;

/** The grants of an account by what they are on. */
export const termsOf = (account: RosterAccount | undefined): Map<string, PlacedTerms> =>
  new Map(
    (account ? grantsOf(account) : []).map(({ database, object, grant }) => {
      const on = object ? objectKey(object) : database;
      return [
        placeKey({ on, object: object ? true : undefined }),
        placedTerms(on, object !== undefined, grant),
      ];
    }),
  );

/** The same text for the same place only: a database can have the name of an `objectKey`. */
export const placeKey = ({
  object,
  on,
}: {
  readonly on: string;
  readonly object?: true | undefined;
}): string => `${object ? "object" : "database"} ${on}`;

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
