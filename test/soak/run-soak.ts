import { type SoakOptions, Year } from "./year";

/** What a run has done. */
export interface SoakReport {
  readonly days: number;
  readonly seed: number;
  readonly seconds: number;
  /** The most memory that this process had, in MB. The servers are not in it. */
  readonly peakMemory: number;
  readonly runs: number;
  readonly faults: number;
  readonly restarts: number;
  readonly logins: number;
  readonly events: number;
  /** Accounts that exist at the end, and changes by hand. */
  readonly accounts: number;
  readonly byHand: number;
  /** Statements of the audit trail, each of which ran a second time, by kind. */
  readonly audited: Readonly<Record<string, number>>;
}

/**
 * Runs the days, one after the other.
 * @throws Error with the seed, the day, and what happened on it
 */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const { days, say, seed } = options;
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 100) / 10;
  const year = new Year(options);
  let peak = 0;
  const memory = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
    return Math.round(peak / 1024 ** 2);
  };
  try {
    await year.start();
    for (let day = 0; day < days; day++) {
      await year.day(day).catch((error: Error) => {
        const again = `Again: npm run soak -- --days ${day + 1} --seed ${seed} --users ${options.users}`;
        const story = year.story.map(line => `  ${line}`).join("\n");
        throw new Error(`seed ${seed}, day ${day}: ${error.message}\nThat day:\n${story}\n${again}`, {
          cause: error,
        });
      });
      memory();
      const { counts, logins } = year;
      if (day % 7 === 6 || day === 0)
        say(
          `day ${day + 1}: ${seconds()} s, ${memory()} MB, ${counts.runs} runs, ${counts.faults} faults, ` +
            `${year.restarts} restarts, ${logins} logins`,
        );
    }
    const audited: Record<string, number> = {};
    for (const { shadow } of year.lives)
      for (const [kind, count] of shadow.statements) audited[kind] = (audited[kind] ?? 0) + count;
    const { accounts, byHand, counts, events, logins, restarts } = year;
    const { faults, runs } = counts;
    const report = { days, seed, seconds: seconds(), peakMemory: memory(), runs, faults, restarts };
    return { ...report, logins, events, accounts, byHand, audited };
  } finally {
    await year.stop();
  }
}
