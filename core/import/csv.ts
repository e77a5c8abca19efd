/** A line of a table, and the line of the file on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** What is wrong with a quote: nothing closes it (the rest of the text is its cell), or text follows it. */
export type QuoteFault = "open" | "closed";

/**
 * Reads CSV (RFC 4180): commas, and quotes around a cell that has a comma, a quote or a line break. Empty
 * lines are left out.
 * @param onFault gets the line of a quote that nothing closes, or that text follows: `"a"b`
 */
export function parseCsv(text: string, onFault?: (line: number, fault: QuoteFault) => void): CsvRecord[] {
  const records: CsvRecord[] = [];
  let cells: string[] = [];
  let cell = "";
  let [isQuoted, wasQuoted] = [false, false];
  let [line, start, quoteLine] = [1, 1, 1];
  const end = () => {
    cells.push(cell);
    wasQuoted = false;
    if (cells.length > 1 || cell !== "") records.push({ line: start, cells });
    [cells, cell] = [[], ""];
  };
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (c === "\n") line++;
    if (isQuoted) {
      if (c !== '"') cell += c;
      else if (text[at + 1] === '"') cell += text[++at]!;
      else [isQuoted, wasQuoted] = [false, true];
    } else if (c === '"' && cell === "" && !wasQuoted) [isQuoted, quoteLine] = [true, line];
    else if (c === ",") {
      cells.push(cell);
      [cell, wasQuoted] = ["", false];
    } else if (c === "\n") {
      end();
      start = line;
    } else if (c !== "\r") {
      if (wasQuoted) onFault?.(line, "closed");
      cell += c;
    }
  }
  if (isQuoted) onFault?.(quoteLine, "open");
  end();
  return records;
}
