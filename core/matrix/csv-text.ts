import { printable } from "../printable";

/**
 * What a spreadsheet takes for a formula, at the beginning of a cell. Where it parts cells by `;`, as in many
 * countries, a cell begins there, too.
 */
const FORMULA = /(^|;)(?=[\s"']*[=+\-@＝＋－＠])/g;

/**
 * CSV (RFC 4180, with `\n` between lines), each cell in quotes and on one line. A cell that a spreadsheet
 * would run as a formula begins with `'`: it is shown as text then.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export const csvText = (rows: readonly (readonly string[])[]): string =>
  rows.map(row => row.map(csvCell).join(",")).join("\n");

function csvCell(text: string): string {
  return `"${printable(text).replace(FORMULA, "$1'").replaceAll('"', '""')}"`;
}
