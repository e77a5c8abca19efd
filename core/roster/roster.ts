import { z } from "zod";
import { DATABASE_PRIVILEGES, type DatabasePrivilege } from "../catalogue/mysql-privileges";
import { byCodeUnit } from "../json";

/** The longest user name that MySQL takes, in characters. */
export const MAX_ACCOUNT_LENGTH = 32;
/** The longest database name that MySQL takes, in characters. */
export const MAX_DATABASE_LENGTH = 64;

const text = (max: number) => z.string().min(1).max(max);

/** Privileges as they stand in a roster: names of MySQL in upper case, at least one. ALL PRIVILEGES is spelled out before. */
export const databasePrivilegesSchema = z.array(z.enum(DATABASE_PRIVILEGES)).min(1).readonly();

/** What one account may do in one database. */
export const databaseGrantSchema = z
  .strictObject({
    /** The role that the grant names. Its privileges stand in the roster's `roles`, unless `privileges` says otherwise. */
    role: text(64),
    /** Where a project overrides what the role means there. */
    privileges: databasePrivilegesSchema.optional(),
    /** The first moment at which the grant no longer holds, as an ISO 8601 timestamp in UTC (`2027-04-01T00:00:00Z`). */
    expires: z.iso.datetime({ offset: false }).optional(),
    /** Why, in the words of who wrote it. */
    reason: text(1024).optional(),
    /** `project/environment`, where the grant came from one. */
    project: text(256).optional(),
  })
  .readonly();

/** A database name as the roster holds it: literal, never a pattern, and never one that needs an escape of its own. */
export const databaseNameSchema = text(MAX_DATABASE_LENGTH).refine(
  name => !/[\0\\/]|\s$|[\u{10000}-\u{10ffff}]/u.test(name),
  "a database name holds no NUL, backslash, slash, trailing space or character beyond U+FFFF",
);

/**
 * An account's name as the roster holds it. MySQL keeps names in three-byte UTF-8, where every emoji becomes the same `?`, and
 * pads them when it compares: two such names would be one account, and so would `sl_a` with and without a space after it.
 */
export const accountNameSchema = text(MAX_ACCOUNT_LENGTH).refine(
  name => !/[\p{Cc}\p{Cs}]|\s$|[\u{10000}-\u{10ffff}]/u.test(name),
  "an account name holds no control character, trailing space or character beyond U+FFFF",
);

export const rosterAccountSchema = z
  .strictObject({
    kind: z.enum(["person", "service"]),
    /** The name in the identity provider. */
    user: text(256),
    name: text(256).optional(),
    email: text(320).optional(),
    databases: z.record(databaseNameSchema, databaseGrantSchema).readonly(),
  })
  .readonly();

/** All accounts that one cluster should have, by account name (`sl_jane.doe`), with roles resolved to privileges. */
export const rosterSchema = z
  .strictObject({
    roles: z.record(text(64), databasePrivilegesSchema).readonly(),
    accounts: z.record(accountNameSchema, rosterAccountSchema).readonly(),
    /** Who answers for the projects that grants name (`shop`), for messages about them. Decides nothing. */
    projects: z
      .record(
        text(256),
        z.strictObject({ owner: z.strictObject({ name: text(256).optional(), email: text(320) }) }),
      )
      .readonly()
      .optional(),
  })
  .readonly();

export type DatabaseGrant = z.output<typeof databaseGrantSchema>;
export type RosterAccount = z.output<typeof rosterAccountSchema>;
export type Roster = z.output<typeof rosterSchema>;

/** What a grant gives: its own privileges, or those of its role. */
export function privilegesOf(roster: Roster, grant: DatabaseGrant): readonly DatabasePrivilege[] {
  const privileges =
    grant.privileges ?? (Object.hasOwn(roster.roles, grant.role) ? roster.roles[grant.role] : undefined);
  return privileges ?? [];
}

/** Whether the grant still holds at `now`. The moment of `expires` itself is the first without it. */
export const holdsAt = (grant: DatabaseGrant, now: Date): boolean =>
  grant.expires === undefined || now < new Date(grant.expires);

/** The account names of a roster, in order. */
export const accountNames = (roster: Roster): string[] => Object.keys(roster.accounts).sort(byCodeUnit);

/** The roster of a cluster on which nobody has access. */
export const EMPTY_ROSTER: Roster = { roles: {}, accounts: {} };

/** The roster with only those accounts that `keep` says yes to. Roles and projects stay. */
export const filterAccounts = (
  roster: Roster,
  keep: (name: string, account: RosterAccount) => boolean,
): Roster => ({
  ...roster,
  accounts: Object.fromEntries(
    Object.entries(roster.accounts).filter(([name, account]) => keep(name, account)),
  ),
});
