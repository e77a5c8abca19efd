/** The median. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How long the work takes, in ms. */
export async function timed(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** One of the alternatives that are compared. */
export interface Contender {
  /** Restores the state before a run. Its time is not measured. */
  readonly prepare?: () => unknown;
  readonly run: () => unknown;
}

/**
 * The times of each contender in ms. Contenders take turns, and each round begins with another one, so that
 * changes in the speed of the machine affect all of them.
 *
 * @param warmUps rounds that do not count
 */
export async function takeTurns<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  { runs, warmUps }: { runs: number; warmUps: number },
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const times = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -warmUps; round < runs; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round + warmUps) % names.length]!;
      await contenders[name].prepare?.();
      const ms = await timed(contenders[name].run);
      if (round >= 0) times[name].push(ms);
    }
  }
  return times;
}
