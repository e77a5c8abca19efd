import { jest } from "@jest/globals";
import { EnforcementFixture } from "../enforce/enforcement-fixture";
import { outcomeProblems } from "./fuzz-outcome";
import { FuzzRound } from "./fuzz-round";
import { ROUND, type Tally } from "./hostile-account";
import { EVERY_KIND } from "./hostile-statements";

const SEQUENCES = Number(process.env["HOSTILE_SEQUENCES"] ?? 20);
const SEED = Number(process.env["HOSTILE_SEED"] ?? Math.floor(Math.random() * 1e6) * ROUND);

jest.setTimeout(60_000 + SEQUENCES * 3_000);

describe("accounts that try at random what they may run", () => {
  const fixture = new EnforcementFixture();
  beforeAll(() => fixture.begin({ args: ["--performance-schema=ON", "--event-scheduler=ON"] }), 180_000);
  afterAll(() => fixture.stop());

  it(`have nothing after their date, and others have what is declared (HOSTILE_SEED=${SEED})`, async () => {
    const tally: Tally = new Map();
    const seeds = Array.from({ length: SEQUENCES }, (_, index) => SEED + index);
    for (let first = 0; first < SEQUENCES; ) {
      const round = Math.floor(seeds[first]! / ROUND);
      const together = seeds.slice(first).filter(seed => Math.floor(seed / ROUND) === round);
      first += together.length;
      await tryRound(together, tally);
    }
    process.stdout.write(`${JSON.stringify(Object.fromEntries(tally))}\n`);
    if (SEQUENCES >= 500)
      expect(EVERY_KIND.filter(kind => (tally.get(kind)?.ran ?? 0) === 0)).toEqual([]);
  });

  async function tryRound(seeds: readonly number[], tally: Tally): Promise<void> {
    const round = new FuzzRound(fixture, tally, seeds);
    const started = Date.now();
    try {
      const problems = await outcomeProblems(round);
      process.stdout.write(`${seeds[0]}: ${Date.now() - started} ms ${round.failures.join("; ").slice(0, 300)}\n`);
      if (problems.length === 0) return;
      const logs = round.hostile.map(({ log, user }) => `${user}:\n  ${log.join("\n  ")}`);
      throw new Error(
        `${problems.join("\n")}\nAgain: HOSTILE_SEED=${seeds[0]} HOSTILE_SEQUENCES=${seeds.length}. ` +
          `One account alone: HOSTILE_SEED=<its seed> HOSTILE_SEQUENCES=1.\n${logs.join("\n")}`,
      );
    } finally {
      for (const one of round.hostile) one.leave();
    }
  }
});
