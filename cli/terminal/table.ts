import { printable } from "../../core/printable";

/**
 * Rows as columns of equal width under a heading, without trailing spaces. Line breaks in cells become
 * spaces, and no cell can control the terminal.
 */
export function tableText(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows].map(row => row.map(printable));
  const widths = heading.map((_, column) =>
    lines.reduce((width, row) => Math.max(width, [...(row[column] ?? "")].length), 0),
  );
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
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** Text of at most so many characters; a longer one ends with `…`. */
export function shortened(text: string, longest: number): string {
  const characters = [...text];
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join("")}…`;
}
