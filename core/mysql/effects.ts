import { SqlScanner, UnknownSyntaxError } from "./sql-scanner";
import { FORMS } from "./statement-forms";

const forms = Object.values(FORMS);

/**
 * What a statement does, as one text for each account, verb, object and privilege: ``
 * grant|'sl_a'@'%'|`orders`.*|SELECT ``. It is read from the SQL that the plan showed, so that what a
 * reviewer saw and what apply may do cannot differ.
 * @returns undefined for a statement that is not written by `FORMS`: it permits nothing
 */
export function effectsOf(sql: string): readonly string[] | undefined {
  for (const { head, read } of forms) {
    const scan = new SqlScanner(sql);
    if (!scan.take(head)) continue;
    try {
      const effects = read(scan);
      if (scan.atEnd()) return effects;
    } catch (error) {
      if (!(error instanceof UnknownSyntaxError)) throw error;
    }
  }
  return undefined;
}
