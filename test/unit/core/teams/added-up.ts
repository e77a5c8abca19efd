import fc from "fast-check";
import type { DatabasePrivilege } from "../../../../core/catalogue/mysql-privileges";
import type { ObservedAccount } from "../../../../core/mysql";
import { columnsApart, isOfServer, objectKey, parseObjectKey } from "../../../../core/roster/granted-object";
import {
  type DatabaseGrant,
  joinGrants,
  type PlacedGrant,
  type Roster,
} from "../../../../core/roster/roster";
import { observedAccount } from "../../../support/observed";

export const MOMENTS = [
  "2026-11-20T00:00:00Z",
  "2026-12-01T00:00:00Z",
  "2027-01-01T00:00:00Z",
  "2027-02-01T00:00:00Z",
].map(text => new Date(text));

const T = "`orders`.`t`";
/** What grants are on, with the privileges that MySQL has there. */
const PLACES: Readonly<Record<string, readonly DatabasePrivilege[]>> = {
  orders: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  payments: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  [T]: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  [`${T} (\`a\`, \`b\`)`]: ["SELECT", "INSERT", "UPDATE"],
  [`${T} (\`b\`, \`c\`)`]: ["SELECT", "INSERT", "UPDATE"],
  "PROCEDURE `orders`.`p`": ["EXECUTE", "ALTER ROUTINE"],
  "PATTERN `tenant\\_%`": ["SELECT", "INSERT"],
  "PROCESS ON *.*": [],
  "ROLE `AWS_LAMBDA_ACCESS`": [],
};
const COLUMNS = [`${T} (\`a\`, \`b\`)`, `${T} (\`b\`, \`c\`)`];

/** A grant on a place, as somebody wrote it. */
export interface Written {
  readonly place: string;
  readonly team: string | undefined;
  readonly privileges: readonly DatabasePrivilege[];
  readonly ends: Date | undefined;
  readonly grantOption: boolean;
}

const written = (place: string, team: string | undefined): fc.Arbitrary<Written> =>
  fc.record({
    place: fc.constant(place),
    team: fc.constant(team),
    privileges:
      PLACES[place]!.length > 0 ? fc.subarray([...PLACES[place]!], { minLength: 1 }) : fc.constant([]),
    ends: fc.constantFrom(undefined, ...MOMENTS.slice(1)),
    grantOption: fc.boolean().map(option => option && PLACES[place]!.length > 0),
  });

/** Nobody grants a column twice. */
const isOnce = (places: readonly string[]) => !COLUMNS.every(place => places.includes(place));

/** What an account's file and its two teams grant, at random: the account's own first, then the teams' by name. */
export const overlaps = (places: readonly string[] = Object.keys(PLACES)): fc.Arbitrary<readonly Written[]> =>
  fc
    .tuple(
      ...[undefined, "a", "b"].map(team =>
        fc
          .subarray([...places], { maxLength: 4 })
          .filter(isOnce)
          .chain(some => fc.tuple(...some.map(place => written(place, team)))),
      ),
    )
    .map(all => all.flat())
    .filter(all => all.length > 0);

/** The roster of one account with these grants. */
export function rosterWith(all: readonly Written[]): Roster {
  const placed = all.map(({ ends, grantOption, place, privileges, team }): PlacedGrant => {
    const object = parseObjectKey(place);
    const role = privileges.length > 0 ? { role: privileges.join(", "), privileges } : { role: place };
    const grant: DatabaseGrant = {
      ...role,
      ...(ends && { expires: ends.toISOString().replace(".000", "") }),
      ...(grantOption && { grantOption: true as const }),
      ...(team !== undefined && { team }),
    };
    return object ? { database: object.database, object, grant } : { database: place, grant };
  });
  return { roles: {}, accounts: { sl_jane: { kind: "person", user: "jane", ...joinGrants(placed) } } };
}

/** What some grant in force gives: the rule itself, from what was written alone. */
export function inForce(all: readonly Written[], at: Date): Set<string> {
  const current = all.filter(({ ends }) => ends === undefined || at < ends);
  return new Set(
    current.flatMap(({ grantOption, place, privileges }) => {
      const object = parseObjectKey(place);
      if (object && isOfServer(object)) return [place];
      const parts = object ? columnsApart(object).map(objectKey) : [place];
      const options = grantOption ? [object ? objectKey({ ...object, columns: undefined }) : place] : [];
      return [
        ...parts.flatMap(part => privileges.map(privilege => `${part}|${privilege}`)),
        ...options.map(whole => `${whole}|GRANT OPTION`),
      ];
    }),
  );
}

/** The grants of which the other list has no grant of the same team on the same that has ended. */
export function notEndedIn(all: readonly Written[], other: readonly Written[], at: Date): readonly Written[] {
  const ended = new Set(
    other.flatMap(apart).flatMap(({ ends, place, team }) => (ends && ends <= at ? [`${team} ${place}`] : [])),
  );
  return all.flatMap(apart).filter(({ place, team }) => !ended.has(`${team} ${place}`));
}

/** The grant as one for each of its columns, or itself. */
const apart = (grant: Written): Written[] => {
  const object = parseObjectKey(grant.place);
  return object ? columnsApart(object).map(part => ({ ...grant, place: objectKey(part) })) : [grant];
};

/** The account as a server has it that gives exactly these items. */
export function holding(items: ReadonlySet<string>): ObservedAccount {
  const of = (place: string) =>
    [...items].flatMap(item => (item.startsWith(`${place}|`) ? [item.slice(place.length + 1)] : []));
  const split = (place: string) => {
    const all = of(place);
    return { privileges: all.filter(p => p !== "GRANT OPTION"), grantOption: all.includes("GRANT OPTION") };
  };
  const rows = [
    ["orders", "orders"],
    ["payments", "payments"],
    ["tenant\\_%", "PATTERN `tenant\\_%`"],
  ].map(([name, place]) => ({ name: name!, ...split(place!) }));
  const columns = ["SELECT", "INSERT", "UPDATE"].flatMap(privilege => {
    const named = ["a", "b", "c"].filter(column => of(`${T} (\`${column}\`)`).includes(privilege));
    return named.length > 0 ? [{ privilege, columns: named }] : [];
  });
  const table = { database: "orders", table: "t", ...split(T), columns };
  const routine = {
    database: "orders",
    routine: "p",
    type: "PROCEDURE" as const,
    ...split("PROCEDURE `orders`.`p`"),
  };
  const isThere = (row: { privileges: readonly string[]; grantOption: boolean }) =>
    row.privileges.length > 0 || row.grantOption;
  const role = { user: "AWS_LAMBDA_ACCESS", host: "%" };
  const hasRole = items.has("ROLE `AWS_LAMBDA_ACCESS`");
  return observedAccount("sl_jane", {
    databases: rows.filter(isThere),
    tables: isThere(table) || columns.length > 0 ? [table] : [],
    routines: isThere(routine) ? [routine] : [],
    globalPrivileges: items.has("PROCESS ON *.*") ? ["PROCESS"] : [],
    roles: hasRole ? [{ ...role, adminOption: false }] : [],
    defaultRoles: hasRole ? [role] : [],
  });
}
