import * as z from "zod";
import type { DatabasePrivilege, PrivilegeLevel } from "../catalogue/mysql-privileges";
import { byCodeUnit, defined } from "../json";
import { accountOptionShape } from "./account-options";
import {
  type DatabaseGrant,
  databaseGrantSchema,
  databasePrivilegesSchema,
  type GrantsOfPlace,
  grantsApart,
  isGrantedOnce,
  objectGrantSchema,
} from "./grant-schemas";
import {
  type GrantedObject,
  isInner,
  isOfServer,
  levelOf,
  OWN_PASSWORDS,
  objectKey,
  parseObjectKey,
} from "./granted-object";
import {
  accountNameSchema,
  databaseNameSchema,
  databasePatternSchema,
  MAX_ACCOUNT_LENGTH,
  MAX_DATABASE_LENGTH,
  objectKeySchema,
  objectNameSchema,
  text,
} from "./name-schemas";
import { rosterRulesSchema } from "./roster-rules";

export {
  accountNameSchema,
  type DatabaseGrant,
  databaseGrantSchema,
  databaseNameSchema,
  databasePatternSchema,
  databasePrivilegesSchema,
  type GrantsOfPlace,
  grantsApart,
  MAX_ACCOUNT_LENGTH,
  MAX_DATABASE_LENGTH,
  objectNameSchema,
};

/** Who uses an account: a person, a service, or an automated agent that a person answers for. */
export const USER_KINDS = ["person", "service", "agent"] as const;
export type UserKind = (typeof USER_KINDS)[number];

const rosterAccountSchema = z
  .strictObject({
    kind: z.enum(USER_KINDS),
    /** The name in the identity provider. */
    user: text(256),
    name: text(256).optional(),
    email: text(320).optional(),
    /** Of an agent: the person who answers for it, by user name. */
    owner: text(256).optional(),
    /** The account's former name (`sl_jane.doe`): if an account still has it, that one is renamed. */
    formerly: accountNameSchema.optional(),
    ...accountOptionShape,
    databases: z.record(databaseNameSchema, databaseGrantSchema).readonly(),
    /**
     * Grants on tables, columns, routines and patterns, global privileges and native roles, by `objectKey`,
     * in addition to those on databases.
     */
    objects: z
      .record(objectKeySchema, objectGrantSchema)
      .refine(isGrantedOnce, "grants a column twice")
      .readonly()
      .optional(),
  })
  .refine(
    ({ hosts, kind, login, objects = {} }) =>
      login !== "password" || (kind === "service" && !hosts && !Object.hasOwn(objects, OWN_PASSWORDS)),
    "only a service logs in by password, without `hosts` and APPLICATION_PASSWORD_ADMIN",
  )
  .refine(({ kind, login }) => login !== "existing" || kind !== "agent", "an agent logs in by IAM token")
  .readonly();

const ownersSchema = z
  .record(
    text(256),
    z.strictObject({ owner: z.strictObject({ name: text(256).optional(), email: text(320) }) }),
  )
  .readonly()
  .optional();

/** All accounts that one cluster should have, by name (`sl_jane.doe`), their roles, and the rules there. */
export const rosterSchema = z
  .strictObject({
    roles: z.record(text(64), databasePrivilegesSchema).readonly(),
    accounts: z.record(accountNameSchema, rosterAccountSchema).readonly(),
    /** The owners of the projects that grants name (`shop`). Used for messages only. */
    projects: ownersSchema,
    /** The owners of the teams that grants are of. Used for messages only. */
    teams: ownersSchema,
    rules: rosterRulesSchema.optional(),
  })
  .readonly();

/**
 * `source`: the source in Parameter Store that declares the account, if no reviewed roster does.
 * `keepsTerms`: limits and TLS requirement stay as they are found.
 * `givesNothing`: the account only loses what it must.
 * `offboarded`: the offboarded person whose account it is: it is locked, whatever the roster says.
 */
export type RosterAccount = z.output<typeof rosterAccountSchema> & {
  readonly source?: string | undefined;
  readonly keepsTerms?: boolean | undefined;
  readonly givesNothing?: boolean | undefined;
  readonly offboarded?: string | undefined;
};
export type Roster = Omit<z.output<typeof rosterSchema>, "accounts"> & {
  readonly accounts: Readonly<Record<string, RosterAccount>>;
};

/** A grant of an account, and what it is on. */
export interface PlacedGrant {
  readonly database: string;
  /** Absent: the whole database. */
  readonly object?: GrantedObject;
  readonly grant: DatabaseGrant;
}

/**
 * All grants of an account: those on databases, then those on objects in them. Several on one place follow
 * each other: the account's own, then those of its teams in the order of their names.
 */
export const grantsOf = ({ databases, objects = {} }: RosterAccount): PlacedGrant[] => [
  ...Object.entries(databases).flatMap(([database, grants]) =>
    grants.also ? grantsApart(grants).map(grant => ({ database, grant })) : [{ database, grant: grants }],
  ),
  ...Object.entries(objects).flatMap(([key, grants]) => {
    const object = parseObjectKey(key);
    return object ? grantsApart(grants).map(grant => ({ database: object.database, object, grant })) : [];
  }),
];

/** Grants as an account of a roster has them, in the order given: those on one place add up. */
export function joinGrants(placed: readonly PlacedGrant[]): Pick<RosterAccount, "databases" | "objects"> {
  const [databases, objects] = [new Map<string, GrantsOfPlace>(), new Map<string, GrantsOfPlace>()];
  for (const { database, grant, object } of placed) {
    const [of, key] = object ? [objects, objectKey(object)] : [databases, database];
    const first = of.get(key);
    of.set(key, first ? { ...first, also: [...(first.also ?? []), grant] } : grant);
  }
  return {
    databases: Object.fromEntries(databases),
    ...defined({ objects: objects.size > 0 ? Object.fromEntries(objects) : undefined }),
  };
}

/** In the order of databases, and then of the objects in them. */
export const byPlace = (a: PlacedGrant, b: PlacedGrant): number =>
  byCodeUnit(a.database, b.database) || byCodeUnit(keyOf(a), keyOf(b));

const keyOf = ({ object }: PlacedGrant): string => (object ? objectKey(object) : "");

/** At which level a grant's privileges are; undefined for a global privilege or a native role. */
export const levelOfGrant = ({ object }: PlacedGrant): PrivilegeLevel | undefined =>
  object ? levelOf(object) : "database";

/** The privileges of a grant: its own, or those of its role. */
export function privilegesOf(roster: Roster, grant: DatabaseGrant): readonly DatabasePrivilege[] {
  const privileges =
    grant.privileges ?? (Object.hasOwn(roster.roles, grant.role) ? roster.roles[grant.role] : undefined);
  return privileges ?? [];
}

/** GRANT OPTION, in lists of what a grant gives. */
export const GRANT_OPTION = "GRANT OPTION";

/**
 * What a grant gives, as texts that can be compared: its privileges, GRANT OPTION if it asks for that; a
 * global privilege or a native role itself.
 */
export function givenBy(
  roster: Roster,
  { grant, object }: Pick<PlacedGrant, "grant" | "object">,
): readonly string[] {
  if (object && isOfServer(object)) return [object.name];
  const privileges = privilegesOf(roster, grant);
  return grant.grantOption && privileges.length > 0 ? [...privileges, GRANT_OPTION] : privileges;
}

/** Whether the grant is current at `now`. At the moment of `expires` it is not. */
export const holdsAt = (grant: DatabaseGrant, now: Date): boolean =>
  grant.expires === undefined || now < new Date(grant.expires);

/** The databases that grants name, expired ones included. A pattern names none. */
export const databasesOf = (roster: Roster): string[] =>
  Object.values(roster.accounts).flatMap(account =>
    grantsOf(account)
      .filter(({ object }) => !object || isInner(object))
      .map(({ database }) => database),
  );

/** The account with each of its grants as `change` makes it; without those of which it makes none. */
export function mapGrants(
  account: RosterAccount,
  change: (placed: PlacedGrant) => DatabaseGrant | undefined,
): RosterAccount {
  const changed = grantsOf(account).flatMap(placed => {
    const grant = change(placed);
    return grant ? [{ ...placed, grant }] : [];
  });
  const { objects: _, ...rest } = account;
  return { ...rest, ...joinGrants(changed) };
}

/** The account names of a roster, in order. */
export const accountNames = (roster: Roster): string[] => Object.keys(roster.accounts).sort(byCodeUnit);

/** The roster of a cluster on which nobody has access. */
export const EMPTY_ROSTER: Roster = { roles: {}, accounts: {} };

/** The roster with only the accounts that `keep` accepts. Roles and projects stay. */
export const filterAccounts = (
  roster: Roster,
  keep: (name: string, account: RosterAccount) => boolean,
): Roster => ({
  ...roster,
  accounts: Object.fromEntries(
    Object.entries(roster.accounts).filter(([name, account]) => keep(name, account)),
  ),
});
