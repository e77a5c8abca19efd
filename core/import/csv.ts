/** A line of a table, and the line of the file on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads CSV (RFC 4180): commas, and quotes around a cell that has a comma, a quote or a line break. Empty
 * lines are left out.
 * @param onOpenQuote gets the line of a quote that nothing closes: the rest of the text is in its cell
 */
export function parseCsv(text: string, onOpenQuote?: (line: number) => void): CsvRecord[] {
  const records: CsvRecord[] = [];
  let cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  let [line, start, quoteLine] = [1, 1, 1];
  const end = () => {
    cells.push(cell);
    if (cells.length > 1 || cell !== "") records.push({ line: start, cells });
    [cells, cell] = [[], ""];
  };
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (c === "\n") line++;
    if (isQuoted) {
      if (c !== '"') cell += c;
      else if (text[at + 1] === '"') cell += text[++at]!;
      else isQuoted = false;
    } else if (c === '"' && cell === "") [isQuoted, quoteLine] = [true, line];
    else if (c === ",") {
      cells.push(cell);
      cell = "";
    } else if (c === "\n") {
      end();
      start = line;
    } else if (c !== "\r") cell += c;
  }
  if (isQuoted) onOpenQuote?.(quoteLine);
  end();
  return records;
}
