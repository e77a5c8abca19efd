import { groupBy } from "../group-by";
import { columnText, grantText, type Matrix } from "./matrix";

/** A part of a matrix that fits a width. */
export interface MatrixTable {
  readonly cluster: string;
  readonly heading: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const GAP = 2;
const widthOf = (texts: readonly string[]): number => Math.max(0, ...texts.map(text => [...text].length));

/**
 * The matrix in tables for a terminal: one for each cluster, or several with some of its databases each where
 * one would be wider. A table has only the people with a grant in it.
 * @param width in characters
 */
export function matrixTables({ columns, people }: Matrix, width: number): MatrixTable[] {
  const indexed = columns.map((column, index) => ({ ...column, index }));
  return [...groupBy(indexed, ({ cluster }) => cluster)].flatMap(([cluster, own]) => {
    const texts = own.map(column => {
      const cells = people.map(({ cells }) => (cells.get(column.index) ?? []).map(grantText).join("; "));
      return { heading: columnText(column).toUpperCase(), cells };
    });
    const first = ["USER", ...people.map(({ user }) => user)];
    const left = widthOf(first);
    const chunks: (typeof texts)[] = [];
    let used = Number.POSITIVE_INFINITY;
    for (const column of texts) {
      const own = GAP + widthOf([column.heading, ...column.cells]);
      if (used + own > width) {
        chunks.push([]);
        used = left;
      }
      chunks.at(-1)!.push(column);
      used += own;
    }
    return chunks.map(chunk => ({
      cluster,
      heading: ["USER", ...chunk.map(({ heading }) => heading)],
      rows: people
        .map(({ user }, person) => [user, ...chunk.map(({ cells }) => cells[person]!)])
        .filter(([, ...cells]) => cells.some(cell => cell !== "")),
    }));
  });
}
