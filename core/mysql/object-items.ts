import { lowerName } from "../catalogue/lower-case";
import { groupBy } from "../group-by";
import { jsonBytes, splitList } from "../split-list";
import type { NamesInGrants } from "./database-name";
import { routineKey, tableKey } from "./object-names";
import type { ObservedAccount, ObservedRoutineGrant, ObservedTableGrant } from "./observed-state";
import { STATEMENT_BYTES } from "./operation";
import { quoteIdentifier } from "./quote";

/** A privilege on a table or routine; with `column`, on that column alone. */
export interface ObjectItem {
  readonly privilege: string;
  readonly column?: string | undefined;
}

/** The same text for the same item: the server compares names of columns without case. */
export const itemKey = ({ column, privilege }: ObjectItem): string =>
  column === undefined ? privilege : `${privilege}\n${lowerName(column)}`;

/** The privilege of an `itemKey`. */
export const privilegeOf = (key: string): string => key.split("\n", 1)[0]!;

/** What a grant on a table holds, columns apart. */
export const tableItems = ({ columns, privileges }: ObservedTableGrant): ObjectItem[] => [
  ...privileges.map(privilege => ({ privilege })),
  ...columns.flatMap(({ columns, privilege }) => columns.map(column => ({ privilege, column }))),
];

const routineItems = ({ privileges }: ObservedRoutineGrant): ObjectItem[] =>
  privileges.map(privilege => ({ privilege }));

const NOTHING_HELD: ReadonlyMap<string, ReadonlySet<string>> = new Map();

/** What an account's own grants on tables and routines hold: by object, the keys of its items. */
export function heldItems(
  { routines, tables }: Pick<ObservedAccount, "routines" | "tables">,
  names: NamesInGrants,
): ReadonlyMap<string, ReadonlySet<string>> {
  if (tables.length + routines.length === 0) return NOTHING_HELD;
  const rows = [
    ...tables.map(table => [tableKey(table, names), tableItems(table)] as const),
    ...routines.map(routine => [routineKey(routine, names), routineItems(routine)] as const),
  ];
  const byObject = groupBy(rows, ([key]) => key);
  return new Map(
    [...byObject].map(([key, of]) => [key, new Set(of.flatMap(([, items]) => items.map(itemKey)))]),
  );
}

/** Leaves room for the other words of a statement. */
const COLUMN_BYTES = STATEMENT_BYTES - 5_000;

/** The items as statements list them: an account can give itself thousands of columns. */
export function itemTexts(items: readonly ObjectItem[]): (readonly string[])[] {
  const whole = items.filter(({ column }) => column === undefined).map(({ privilege }) => privilege);
  const single = items.flatMap(({ column, privilege }) =>
    column === undefined ? [] : [{ privilege, column: quoteIdentifier(column) }],
  );
  const parts = splitList(single, { bytes: COLUMN_BYTES }, ({ column }) => jsonBytes(column));
  const [first = [], ...rest] = parts.map(part =>
    [...groupBy(part, ({ privilege }) => privilege)].map(
      ([privilege, of]) => `${privilege} (${of.map(({ column }) => column).join(", ")})`,
    ),
  );
  return [[...whole, ...first], ...rest];
}
