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
  return names.partialRevokes ? pattern === name : nameMatcher(pattern)(name);
}

/** Whether two rows of `mysql.db` can match the same database. */
export function rowsOverlap(a: string, b: string, names: NamesInGrants): boolean {
  const [one, other] = [foldDatabase(a, names), foldDatabase(b, names)];
  return names.partialRevokes ? one === other : patternsOverlap(one, other);
}

/** Whether a row of `mysql.db` matches the database of a grant, or one that matches the grant's pattern. */
export const rowReachesGrant = (
  row: string,
  database: string,
  isPattern: boolean,
  names: NamesInGrants,
): boolean => (isPattern ? rowsOverlap : rowReaches)(row, database, names);

/** Whether some name matches both patterns. A name whose wildcards are escaped is a pattern, too. */
export function patternsOverlap(a: string, b: string): boolean {
  const [rows, columns] = [tokensOf(a), tokensOf(b)];
  const isAny = (token: string | undefined) => token === "%";
  const meet = (one: string, other: string) => one === other || one === "_" || other === "_";
  // For each place in `b`: whether a beginning of `a` and this beginning of `b` have a name in common.
  let before = columns.map(() => false).concat(false);
  before[0] = true;
  for (let at = 0; at <= rows.length; at++) {
    const now = before.map(() => false);
    for (let to = 0; to <= columns.length; to++) {
      const [row, column] = [rows[at - 1], columns[to - 1]];
      if (at === 0 && to === 0) now[0] = true;
      else if (at > 0 && to > 0 && !isAny(row) && !isAny(column))
        now[to] = before[to - 1]! && meet(row!, column!);
      else
        now[to] =
          (isAny(row) && at > 0 && (before[to]! || (to > 0 && now[to - 1]!))) ||
          (isAny(column) && to > 0 && (now[to - 1]! || (at > 0 && before[to]!)));
    }
    before = now;
  }
  return before[columns.length]!;
}

/** The characters of a pattern: wildcards as they are, others with a mark before them. */
function tokensOf(pattern: string): string[] {
  const tokens: string[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (c === "%" || c === "_") tokens.push(c);
    else tokens.push(`=${c === "\\" && i + 1 < pattern.length ? pattern[++i]! : c}`);
  }
  return tokens;
}

/**
 * Gives whether a pattern matches a name. In proportion to pattern times name, so that no pattern keeps a
 * function busy: after a `%` only the last one is tried again.
 */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const tokens = tokensOf(pattern);
  return name => {
    let [at, to, retried, any] = [0, 0, 0, -1];
    while (at < name.length) {
      const token = tokens[to];
      if (token === "%") [any, retried, to] = [to, at, to + 1];
      else if (token === "_" || (token !== undefined && token[1] === name[at])) [at, to] = [at + 1, to + 1];
      else if (any >= 0) [at, to, retried] = [retried + 1, any + 1, retried + 1];
      else return false;
    }
    while (tokens[to] === "%") to++;
    return to === tokens.length;
  };
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
