import { lowerName } from "../catalogue/lower-case";

/**
 * How this server reads database names in grants. With `@@partial_revokes` ON (Aurora MySQL 3, where it is
 * fixed) they are literal, and an escaped name gives access to nothing. With OFF they are patterns of LIKE,
 * and of the rows that match a database only the most specific one applies.
 * @see https://dev.mysql.com/doc/refman/8.0/en/grant.html
 */
export interface NamesInGrants {
  readonly partialRevokes: boolean;
  readonly lowerCaseTableNames: number;
}

/** The database's name as this server compares it: in lower case unless `lower_case_table_names` is 0. */
export const foldDatabase = (name: string, { lowerCaseTableNames }: NamesInGrants): string =>
  lowerCaseTableNames === 0 ? name : lowerName(name);

/** Whether two names are of one database on this server. */
export const isSameDatabase = (a: string, b: string, names: NamesInGrants): boolean =>
  foldDatabase(a, names) === foldDatabase(b, names);

/** The names, each as `known` spells it, and each database once. */
export function spelledAs(
  databases: readonly string[],
  known: readonly string[],
  names: NamesInGrants,
): string[] {
  const spellings = new Map([...databases, ...known].map(name => [foldDatabase(name, names), name]));
  return [...new Set(databases.map(name => spellings.get(foldDatabase(name, names))!))];
}

/** The database's name with the wildcards of LIKE escaped. */
export const escapeDatabase = (name: string): string => name.replace(/[_%]/g, "\\$&");

/** How a grant on this server has to spell the database. */
export const spellDatabase = (name: string, names: NamesInGrants): string =>
  names.partialRevokes ? foldDatabase(name, names) : escapeDatabase(foldDatabase(name, names));

/** Whether a row of `mysql.db` with this name matches the database. */
export function rowReaches(row: string, database: string, names: NamesInGrants): boolean {
  const [pattern, name] = [foldDatabase(row, names), foldDatabase(database, names)];
  return names.partialRevokes ? pattern === name : toRegExp(pattern).test(name);
}

function toRegExp(pattern: string): RegExp {
  let source = "";
  for (let i = 0; i < pattern.length; i++) {
    let c = pattern[i]!;
    if (c === "%") source += "[^]*";
    else if (c === "_") source += "[^]";
    else {
      if (c === "\\" && i + 1 < pattern.length) c = pattern[++i]!;
      source += c.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    }
  }
  return new RegExp(`^${source}$`);
}

/** The specificity of a row without a wildcard: higher than that of any pattern. */
export const EXACT_NAME = 128;

/**
 * How specific MySQL considers a row: the position of its first wildcard, or `EXACT_NAME`. Of the rows that
 * match a database only the one with the highest specificity applies. Rows are revoked from the least
 * specific up: revoking a specific row first would let a broader one apply.
 */
export function specificity(row: string, names: NamesInGrants): number {
  if (names.partialRevokes) return EXACT_NAME;
  for (let i = 0; i < row.length; i++) {
    if (row[i] === "\\" && i + 1 < row.length) i++;
    else if (row[i] === "%" || row[i] === "_") return Math.min(i + 1, EXACT_NAME - 1);
  }
  return EXACT_NAME;
}
