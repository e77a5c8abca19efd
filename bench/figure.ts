import { median } from "./measure";

export type Unit = "ms" | "MB" | "KB" | "lines" | "queries" | "statements";

/** One measured figure, and what it is compared with. */
export interface Figure {
  readonly what: string;
  readonly unit: Unit;
  readonly value: number;
  /** How often it was measured. The value is the median. */
  readonly runs: number;
  /** The lowest and the highest value. */
  readonly range?: readonly [number, number];
  /** The comparison value, measured in the same run. */
  readonly baseline?: { readonly name: string; readonly value: number };
  readonly ratio?: number;
  readonly aim?: string;
  readonly met?: boolean;
}

/** A part of the benchmark. @returns its figures in the order of the table */
export type Part = (say: (progress: string) => void) => Promise<Figure[]>;

/** A figure without a comparison. */
export function measured(what: string, unit: Unit, values: readonly number[]): Figure {
  return { what, unit, value: median(values), runs: values.length, ...range(values) };
}

/** A figure with an upper limit in its own unit. */
export function atMost(figure: Figure, limit: number, { strictly = false } = {}): Figure {
  const met = strictly ? figure.value < limit : figure.value <= limit;
  return { ...figure, aim: `${strictly ? "<" : "<="} ${limit} ${figure.unit}`, met };
}

/** A figure compared with a baseline. The ratio is figure / baseline, and should be at most `aim`. */
export function against(figure: Figure, name: string, baseline: readonly number[], aim?: number): Figure {
  const value = median(baseline);
  const ratio = figure.value / value;
  const compared = { ...figure, baseline: { name, value }, ratio };
  return aim === undefined ? compared : { ...compared, aim: `<= ${aim}x`, met: ratio <= aim };
}

/** A figure compared with a baseline. The ratio is baseline / figure, and should be at least `aim`. */
export function fasterThan(figure: Figure, name: string, baseline: readonly number[], aim: number): Figure {
  const value = median(baseline);
  const ratio = value / figure.value;
  return { ...figure, baseline: { name, value }, ratio, aim: `>= ${aim}x faster`, met: ratio >= aim };
}

const range = (values: readonly number[]) =>
  values.length > 1 ? { range: [Math.min(...values), Math.max(...values)] as const } : {};
