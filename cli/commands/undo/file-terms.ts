import { type PlacedTerms, placeKey } from "../../../core/audit";
import { defined } from "../../../core/json";
import {
  databasePattern,
  type GrantedObject,
  globalPrivilege,
  nativeRole,
  objectKey,
  parseObjectKey,
  placeText,
} from "../../../core/roster/granted-object";
import { parseExpiry } from "../../../core/users";
import type { Value } from "../../../reader";
import { listOf, type PlacedItem } from "../edit/select-grants";

/** The list or map of an item that names one place, and its index or key there. */
export interface NamedPlace {
  /** As `placeKey` has it. */
  readonly key: string;
  readonly list: string;
  readonly at: number | string;
}

/** The places that an item of a user file is on. */
export function placesOf({ databases, grant }: PlacedItem): NamedPlace[] {
  const database = typeof grant["database"] === "string" ? grant["database"] : undefined;
  const named = (list: string, make: (name: string) => GrantedObject): NamedPlace[] =>
    listOf(grant[list]).map((name, at) => ({ key: objectPlace(make(String(name))), list, at }));
  const inner = (kind: GrantedObject["kind"]) => (name: string) => ({ kind, database: database ?? "", name });
  const columns = Object.entries((grant["columns"] ?? {}) as Record<string, unknown>).map(([name, list]) => ({
    key: objectPlace({ ...inner("TABLE")(name), columns: listOf(list).map(String) }),
    list: "columns",
    at: name,
  }));
  const { pattern } = grant;
  const hasObjects =
    database !== undefined || pattern !== undefined || "global" in grant || "nativeRoles" in grant;
  return [
    ...(hasObjects ? [] : databases.map((on, at) => ({ key: placeKey({ on }), list: "databases", at }))),
    ...named("tables", inner("TABLE")),
    ...columns,
    ...named("procedures", inner("PROCEDURE")),
    ...named("functions", inner("FUNCTION")),
    ...(typeof pattern === "string"
      ? [{ key: objectPlace(databasePattern(pattern)), list: "pattern", at: "" }]
      : []),
    ...named("global", name => globalPrivilege(name.toUpperCase())),
    ...named("nativeRoles", nativeRole),
  ];
}

const objectPlace = (object: GrantedObject): string => placeKey({ on: objectKey(object), object: true });

/** An end as a file writes it: the day, if it is the end of one. */
export function expiresText(expires: string): string {
  const day = /^(.*)T00:00:00Z$/.test(expires)
    ? new Date(Date.parse(expires) - 1).toISOString().slice(0, 10)
    : undefined;
  const read = day === undefined ? undefined : parseExpiry(day);
  return read && "expires" in read && read.expires === expires ? (day as string) : expires;
}

/** Items of a user file that give these grants of one cluster, with as few items as possible. */
export function itemsGiving(cluster: string, grants: readonly PlacedTerms[]): Record<string, Value>[] {
  const groups = new Map<string, PlacedTerms[]>();
  for (const terms of grants) {
    const { on, ...rest } = terms;
    const object = terms.object ? parseObjectKey(on) : undefined;
    const group = JSON.stringify([rest, groupOf(object)]);
    groups.set(group, [...(groups.get(group) ?? []), terms]);
  }
  return [...groups.values()].map(group => itemGiving(cluster, group));
}

/** What can be in one item: databases; objects of one database; one pattern; what is of the server. */
const groupOf = (object: GrantedObject | undefined): string =>
  object === undefined ? "" : object.kind === "PATTERN" ? object.name : object.database;

function itemGiving(cluster: string, group: readonly PlacedTerms[]): Record<string, Value> {
  const { expires, grantOption, privileges, project, reason, role } = group[0]!;
  const [name = "", environment = ""] = project?.split("/") ?? [];
  const on: Record<string, Value> = project === undefined ? { cluster } : { project: name, environment };
  const objects = group.flatMap(terms => (terms.object ? (parseObjectKey(terms.on) ?? []) : []));
  const databases = project === undefined ? group.map(({ on: name }) => name) : undefined;
  const isServer = objects.some(({ kind }) => kind === "PRIVILEGE" || kind === "ROLE");
  const rights: Record<string, Value> = isServer
    ? {}
    : objects.length > 0 && privileges && project === undefined
      ? { privileges }
      : { role };
  return {
    ...on,
    ...(objects.length > 0 ? within(objects) : defined({ databases })),
    ...rights,
    ...defined({ grantOption, expires: expires && expiresText(expires), reason }),
  };
}

function within(objects: readonly GrantedObject[]): Record<string, Value> {
  const [first] = objects;
  const names = (kind: GrantedObject["kind"]) =>
    objects.filter(one => one.kind === kind && !one.columns).map(({ name }) => name);
  if (first!.kind === "PATTERN") return { pattern: first!.name };
  const columns = Object.fromEntries(objects.flatMap(one => (one.columns ? [[one.name, one.columns]] : [])));
  const lists = {
    tables: names("TABLE"),
    procedures: names("PROCEDURE"),
    functions: names("FUNCTION"),
    global: names("PRIVILEGE"),
    nativeRoles: names("ROLE"),
  };
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0);
  const isServer = first!.kind === "PRIVILEGE" || first!.kind === "ROLE";
  return {
    ...defined({
      database: isServer ? undefined : first!.database,
      columns: Object.keys(columns).length > 0 ? columns : undefined,
    }),
    ...Object.fromEntries(filled),
  };
}

/** `read until 2031-01-31T00:00:00Z` */
export const termsText = ({ expires, role }: PlacedTerms): string =>
  expires === undefined ? role : `${role} until ${expires}`;

/** `orders: shop.items` */
export function whereText(cluster: string, { object, on }: PlacedTerms): string {
  const parsed = object ? parseObjectKey(on) : undefined;
  return `${cluster}: ${parsed ? placeText(parsed.database, parsed) : on}`;
}

export const termsOnText = (cluster: string, terms: PlacedTerms): string =>
  `${termsText(terms)} on ${whereText(cluster, terms)}`;
