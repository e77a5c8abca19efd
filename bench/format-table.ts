import type { Figure, Unit } from "./figure";

const HEADER = [
  "what",
  "median",
  "lowest to highest",
  "runs",
  "baseline",
  "its median",
  "ratio",
  "aim",
  "met",
];
const RIGHT = new Set([1, 2, 3, 5, 6]);

/** The figures of all parts as one table for a terminal. */
export function formatTable(parts: Readonly<Record<string, readonly Figure[]>>): string {
  const rows = Object.entries(parts).flatMap(([part, figures]) => [[`[${part}]`], ...figures.map(row)]);
  const widths = HEADER.map((title, column) =>
    Math.max(title.length, ...rows.filter(r => r.length > 1).map(r => r[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        RIGHT.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join("  ")
      .trimEnd();
  return [line(HEADER), ...rows.map(cells => (cells.length === 1 ? `\n${cells[0]}` : line(cells)))].join(
    "\n",
  );
}

function row(figure: Figure): string[] {
  const { what, unit, value, range, runs, baseline, ratio, aim, met } = figure;
  return [
    what,
    amount(value, unit),
    range ? `${amount(range[0], unit)} to ${amount(range[1], unit)}` : "",
    String(runs),
    baseline?.name ?? "",
    baseline ? amount(baseline.value, unit) : "",
    ratio === undefined ? "" : `${ratio.toFixed(ratio < 10 ? 2 : 1)}x`,
    aim ?? "",
    met === undefined ? "" : met ? "yes" : "NO",
  ];
}

function amount(value: number, unit: Unit): string {
  if (unit === "ms" && value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  const digits = unit === "lines" || unit === "queries" || unit === "statements" || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${unit}`;
}
