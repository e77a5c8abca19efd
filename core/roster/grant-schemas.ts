import * as z from "zod";
import { DATABASE_PRIVILEGES } from "../catalogue/mysql-privileges";
import { columnsApart, objectKey, parseObjectKey } from "./granted-object";
import { text } from "./name-schemas";

/** Privileges in a roster: MySQL's names in upper case, at least one. ALL PRIVILEGES is expanded before. */
export const databasePrivilegesSchema = z.array(z.enum(DATABASE_PRIVILEGES)).min(1).readonly();

/** What one grant gives, to whom of those that grant, and until when. */
const grantShape = {
  /**
   * The role that the grant names. The roster's `roles` has its privileges, unless the grant lists them
   * itself.
   */
  role: text(64),
  /** The grant's own privileges, if they differ from those of the role. */
  privileges: databasePrivilegesSchema.optional(),
  /**
   * The first moment without the grant, as an ISO 8601 timestamp in UTC (`2027-04-01T00:00:00Z`). Absent: no
   * end.
   */
  expires: z.iso.datetime({ offset: false }).optional(),
  /** The reason, in the author's words. */
  reason: text(1024).optional(),
  /** `project/environment`, if the grant names one. */
  project: text(256).optional(),
  /** Whether the account may hand on what the grant gives. Absent: it may not. */
  grantOption: z.literal(true).optional(),
  /** The team that the grant is of. Absent: it is the account's own. */
  team: text(256).optional(),
};

/** The role, or the privileges themselves if the grant names no role. A wide object is its own role. */
const objectGrantShape = { ...grantShape, role: text(256) };

/** A grant, and those that add up with it: further grants of the account on the same. */
const addedUp = (shape: typeof grantShape) =>
  z
    .strictObject({ ...shape, also: z.array(z.strictObject(shape).readonly()).min(1).readonly().optional() })
    .refine(({ also = [], team }) => isOnce([team, ...also.map(one => one.team)]), "is twice of one team")
    .readonly();

const isOnce = (values: readonly unknown[]): boolean => new Set(values).size === values.length;

/** What one account may do in one database: the account's own grant, and those of its teams. */
export const databaseGrantSchema = addedUp(grantShape);

/** What one account may do on what an `objectKey` names. */
export const objectGrantSchema = addedUp(objectGrantShape);

/** One grant: the account's own, or a team's. */
export type DatabaseGrant = Omit<GrantsOfPlace, "also">;
/** All grants of an account on one database or object. */
export type GrantsOfPlace = z.output<typeof databaseGrantSchema>;

/** The grants one by one. */
export const grantsApart = ({ also = [], ...first }: GrantsOfPlace): readonly DatabaseGrant[] => [
  first,
  ...also,
];

/**
 * Whether nobody grants a column, table or routine twice: neither the account's file nor a team. It would not
 * be clear when it ends.
 */
export function isGrantedOnce(objects: Readonly<Record<string, GrantsOfPlace>> | undefined): boolean {
  const given = Object.entries(objects ?? {}).flatMap(([key, grants]) =>
    columnsApart(parseObjectKey(key) ?? { kind: "TABLE", database: "", name: key }).flatMap(part =>
      grantsApart(grants).map(({ team = null }) => JSON.stringify([objectKey(part), team])),
    ),
  );
  return isOnce(given);
}
