import { lowerName } from "../catalogue/lower-case";
import type { PrivilegeLevel } from "../catalogue/mysql-privileges";
import { quoteIdentifier } from "../catalogue/quote-identifier";
import { byCodeUnit, defined } from "../json";

/** What a grant within a database is on: a table or view, some of its columns, or a routine. */
export interface GrantedObject {
  readonly kind: "TABLE" | "PROCEDURE" | "FUNCTION";
  readonly database: string;
  readonly name: string;
  /** Absent: the whole table. */
  readonly columns?: readonly string[] | undefined;
}

/** The longest name of a table, column or routine in MySQL, in characters. */
export const MAX_OBJECT_LENGTH = 64;

/**
 * The object as rosters and plans name it, nearly as SQL does: `` `orders`.`customers` (`id`, `name`) ``,
 * `` PROCEDURE `orders`.`close_order` ``. The same text for the same columns in any order.
 */
export function objectKey({ columns, database, kind, name }: GrantedObject): string {
  const list = columns && ` (${[...columns].sort(byCodeUnit).map(quoteIdentifier).join(", ")})`;
  const type = kind === "TABLE" ? "" : `${kind} `;
  return `${type}${quoteIdentifier(database)}.${quoteIdentifier(name)}${list ?? ""}`;
}

const NAME = "`((?:[^`]|``)+)`";
const KEY = new RegExp(`^(PROCEDURE |FUNCTION )?${NAME}\\.${NAME}(?: \\((.+)\\))?$`, "s");

/** The object of an `objectKey`; undefined for every text that is none. */
export function parseObjectKey(key: string): GrantedObject | undefined {
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

/** The level of the object's privileges. */
export const levelOf = ({ columns, kind }: GrantedObject): PrivilegeLevel =>
  kind !== "TABLE" ? "routine" : columns ? "column" : "table";

/** How people name the object within its database: `customers (id, name)`, `procedure close_order`. */
export const objectText = ({ columns, kind, name }: GrantedObject): string =>
  `${kind === "TABLE" ? "" : `${kind.toLowerCase()} `}${name}${columns ? ` (${columns.join(", ")})` : ""}`;

/** The object as one for each of its columns, or itself. */
export const columnsApart = (object: GrantedObject): readonly GrantedObject[] =>
  object.columns?.map(column => ({ ...object, columns: [column] })) ?? [object];
