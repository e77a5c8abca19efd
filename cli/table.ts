/** Rows as columns of equal width under a heading, without trailing spaces. Line breaks in cells become spaces. */
export function tableText(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows].map(row => row.map(cell => cell.replace(/\s+/gu, " ")));
  const widths = heading.map((_, column) => Math.max(...lines.map(row => [...(row[column] ?? "")].length)));
  return lines
    .map(row =>
      row
        .map((cell, column) => cell + " ".repeat(Math.max(0, widths[column]! - [...cell].length)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** `1 person`, `2 people` */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
