import { lowerName } from "../catalogue/lower-case";
import type { PrivilegeLevel } from "../catalogue/mysql-privileges";
import { quoteIdentifier } from "../catalogue/quote-identifier";
import { byCodeUnit, defined } from "../json";
import { remembered } from "../remembered";

/** What a database has: a table or view, or a routine. */
type InnerKind = "TABLE" | "PROCEDURE" | "FUNCTION";
/** What is not in one database: a global privilege, a native role of MySQL, or a pattern of databases. */
export type WideKind = "PRIVILEGE" | "ROLE" | "PATTERN";

/** What a grant is on, if not on a whole database: a table, columns of it, a routine, or wider. */
export interface GrantedObject {
  readonly kind: InnerKind | WideKind;
  /** `EVERYWHERE` for a global privilege or a role; a pattern itself. */
  readonly database: string;
  readonly name: string;
  /** Absent: the whole table. */
  readonly columns?: readonly string[] | undefined;
}

/** The longest name of a table, column or routine in MySQL, in characters. */
export const MAX_OBJECT_LENGTH = 64;

/** In place of a database, for what applies to the whole server. */
export const EVERYWHERE = "*";

export const globalPrivilege = (name: string): GrantedObject => ({
  kind: "PRIVILEGE",
  database: EVERYWHERE,
  name,
});
export const nativeRole = (name: string): GrantedObject => ({ kind: "ROLE", database: EVERYWHERE, name });
export const databasePattern = (pattern: string): GrantedObject => ({
  kind: "PATTERN",
  database: pattern,
  name: pattern,
});

/** Whether the object is in one database: a table, columns of one, or a routine. */
export const isInner = (object: GrantedObject): object is GrantedObject & { readonly kind: InnerKind } =>
  object.kind === "TABLE" || object.kind === "PROCEDURE" || object.kind === "FUNCTION";

/** Whether the object is of the whole server: a global privilege or a native role. */
export const isOfServer = ({ kind }: GrantedObject): boolean => kind === "PRIVILEGE" || kind === "ROLE";

/**
 * The object as rosters and plans name it, nearly as SQL does: `` `orders`.`customers` (`id`, `name`) ``,
 * `` PROCEDURE `orders`.`close_order` ``, `PROCESS ON *.*`, `` ROLE `AWS_LAMBDA_ACCESS` ``, ``
 * PATTERN `tenant_%` ``. The same text for the same columns in any order.
 */
export function objectKey({ columns, database, kind, name }: GrantedObject): string {
  if (kind === "PRIVILEGE") return `${name}${ON_SERVER}`;
  if (kind === "ROLE" || kind === "PATTERN") return `${kind} ${quoteIdentifier(name)}`;
  const list = columns && ` (${[...columns].sort(byCodeUnit).map(quoteIdentifier).join(", ")})`;
  const type = kind === "TABLE" ? "" : `${kind} `;
  return `${type}${quoteIdentifier(database)}.${quoteIdentifier(name)}${list ?? ""}`;
}

const NAME = "`((?:[^`]|``)+)`";
const KEY = new RegExp(`^(PROCEDURE |FUNCTION )?${NAME}\\.${NAME}(?: \\((.+)\\))?$`, "s");

const ON_SERVER = " ON *.*";
const PRIVILEGE_KEY = /^([A-Z][A-Z0-9_]*(?: [A-Z0-9_]+)*) ON \*\.\*$/;
const WIDE_KEY = new RegExp(`^(ROLE|PATTERN) ${NAME}$`, "s");

function parseWideKey(key: string): GrantedObject | undefined {
  const privilege = PRIVILEGE_KEY.exec(key)?.[1];
  if (privilege !== undefined) return globalPrivilege(privilege);
  const [, kind, name] = WIDE_KEY.exec(key) ?? [];
  if (name === undefined) return undefined;
  return kind === "ROLE" ? nativeRole(unquoted(name)) : databasePattern(unquoted(name));
}

/** The object of an `objectKey`; undefined for every text that is none. */
export const parseObjectKey = remembered(parseKey);

function parseKey(key: string): GrantedObject | undefined {
  const wide = parseWideKey(key);
  if (wide) return wide;
  const [, type, database, name, list] = KEY.exec(key) ?? [];
  if (database === undefined || name === undefined) return undefined;
  const columns =
    list === undefined
      ? undefined
      : [...list.matchAll(new RegExp(NAME, "gs"))].map(([, column]) => unquoted(column!));
  const object: GrantedObject = {
    kind: type ? (type.trim() as GrantedObject["kind"]) : "TABLE",
    database: unquoted(database),
    name: unquoted(name),
    ...defined({ columns }),
  };
  const isPossible = columns === undefined || (object.kind === "TABLE" && isOnce(columns));
  return isPossible && objectKey(object) === key ? object : undefined;
}

const unquoted = (name: string): string => name.replaceAll("``", "`");
const isOnce = (columns: readonly string[]): boolean =>
  new Set(columns.map(lowerName)).size === columns.length;

/** The level of the object's privileges; undefined for what is of the whole server. */
export function levelOf(object: GrantedObject): PrivilegeLevel | undefined {
  if (object.kind === "PATTERN") return "database";
  if (!isInner(object)) return undefined;
  return object.kind !== "TABLE" ? "routine" : object.columns ? "column" : "table";
}

/**
 * How people name the object, within its database if it is in one: `customers (id, name)`, `procedure
 * close_order`, `global PROCESS`, `native role AWS_LAMBDA_ACCESS`.
 */
export const objectText = ({ columns, kind, name }: GrantedObject): string =>
  `${KIND_TEXTS[kind]}${name}${columns ? ` (${columns.join(", ")})` : ""}`;

const KIND_TEXTS: Readonly<Record<GrantedObject["kind"], string>> = {
  TABLE: "",
  PROCEDURE: "procedure ",
  FUNCTION: "function ",
  PRIVILEGE: "global ",
  ROLE: "native role ",
  PATTERN: "pattern ",
};

/** The same with the database: `orders.customers (id)`, `global PROCESS`. */
export const placeText = (database: string, object: GrantedObject | undefined): string =>
  object === undefined
    ? database
    : isInner(object)
      ? `${database}.${objectText(object)}`
      : objectText(object);

/** The object as one for each of its columns, or itself. */
export const columnsApart = (object: GrantedObject): readonly GrantedObject[] =>
  object.columns?.map(column => ({ ...object, columns: [column] })) ?? [object];

/** With it an account gives itself a second password as it likes, for which no rotation has a time. */
export const OWN_PASSWORDS = objectKey(globalPrivilege("APPLICATION_PASSWORD_ADMIN"));
