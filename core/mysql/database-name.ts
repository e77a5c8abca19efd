/**
 * How database names stand in grants. It depends on `@@partial_revokes`: ON (Aurora MySQL 3, fixed there) they are literal and
 * an escaped one gives access to nothing; OFF they are patterns of LIKE, and only the most specific row that matches counts.
 * @see https://dev.mysql.com/doc/refman/8.0/en/grant.html
 */
export interface NamesInGrants {
  readonly partialRevokes: boolean;
  readonly lowerCaseTableNames: number;
}

/** The right spelling of a database in a grant on this server. */
export function spellDatabase(name: string, names: NamesInGrants): string {
  const cased = names.lowerCaseTableNames === 0 ? name : name.toLowerCase();
  return names.partialRevokes ? cased : cased.replace(/[_%]/g, "\\$&");
}

/** Whether a row of `mysql.db` with this name counts for the database. */
export function rowReaches(row: string, database: string, names: NamesInGrants): boolean {
  const fold = (text: string) => (names.lowerCaseTableNames === 0 ? text : text.toLowerCase());
  if (names.partialRevokes) return fold(row) === fold(database);
  return toRegExp(fold(row)).test(fold(database));
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

/**
 * How specific MySQL takes a row to be: the place of the first wildcard, 128 without one. Among the rows that match a database
 * the one with the highest counts, alone. Rows are taken away from the least specific up: taking a specific one first
 * would let a broader one come into force.
 */
export function specificity(row: string, names: NamesInGrants): number {
  if (names.partialRevokes) return 128;
  for (let i = 0; i < row.length; i++) {
    if (row[i] === "\\" && i + 1 < row.length) i++;
    else if (row[i] === "%" || row[i] === "_") return Math.min(i + 1, 127);
  }
  return 128;
}
