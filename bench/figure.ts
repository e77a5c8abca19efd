import { median } from "./measure";

export type Unit = "ms" | "MB" | "KB" | "lines" | "queries" | "statements";

/** One measured figure, and what it is held against. */
export interface Figure {
  readonly what: string;
  readonly unit: Unit;
  readonly value: number;
  /** How often it was measured; the value is the median. */
  readonly runs: number;
  /** Lowest and highest. */
  readonly range?: readonly [number, number];
  /** What the ratio is to, measured in the same run. */
  readonly baseline?: { readonly name: string; readonly value: number };
  readonly ratio?: number;
  readonly aim?: string;
  readonly met?: boolean;
}

/** A part of the benchmark: its figures, in the order in which they are shown. */
export type Part = (say: (progress: string) => void) => Promise<Figure[]>;

/** A figure without anything to compare it with. */
export function measured(what: string, unit: Unit, values: readonly number[]): Figure {
  return { what, unit, value: median(values), runs: values.length, ...range(values) };
}

/** A figure that should be at most (or below) a number of its own unit. */
export function atMost(figure: Figure, limit: number, { strictly = false } = {}): Figure {
  const met = strictly ? figure.value < limit : figure.value <= limit;
  return { ...figure, aim: `${strictly ? "<" : "<="} ${limit} ${figure.unit}`, met };
}

/**
 * A figure against a baseline; the ratio is how many times the baseline's time it takes, and should be at
 * most `aim`.
 */
export function against(figure: Figure, name: string, baseline: readonly number[], aim?: number): Figure {
  const value = median(baseline);
  const ratio = figure.value / value;
  return {
    ...figure,
    baseline: { name, value },
    ratio,
    ...(aim === undefined ? {} : { aim: `<= ${aim}x`, met: ratio <= aim }),
  };
}

/** A figure against a baseline; the ratio is how many times faster it is, and should be at least `aim`. */
export function fasterThan(figure: Figure, name: string, baseline: readonly number[], aim: number): Figure {
  const value = median(baseline);
  const ratio = value / figure.value;
  return { ...figure, baseline: { name, value }, ratio, aim: `>= ${aim}x faster`, met: ratio >= aim };
}

const range = (values: readonly number[]) =>
  values.length > 1 ? { range: [Math.min(...values), Math.max(...values)] as const } : {};
