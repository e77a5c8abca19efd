import { jest } from "@jest/globals";
import { EnforcementFixture } from "../enforce/enforcement-fixture";
import { outcomeProblems } from "./fuzz-outcome";
import { FuzzRound } from "./fuzz-round";
import { ROUND, type Tally } from "./hostile-account";
import { EVERY_KIND } from "./hostile-statements";

const SEQUENCES = Number(process.env["HOSTILE_SEQUENCES"] ?? 2 * ROUND);
const SEED = Number(process.env["HOSTILE_SEED"] ?? 0);
/** A run of so many sequences must see each kind of statement succeed, else it tests nothing. */
const LONG = 500;

jest.setTimeout(60_000 + SEQUENCES * 3_000);

describe("accounts that try at random what they may run", () => {
  const fixture = new EnforcementFixture();
  beforeAll(
    () =>
      fixture.begin({ args: ["--performance-schema=ON", "--event-scheduler=ON", "--max-connections=500"] }),
    180_000,
  );
  afterAll(() => fixture.stop());

  it(`have nothing after their date, and others have what is declared (HOSTILE_SEED=${SEED})`, async () => {
    const tally: Tally = new Map();
    const failures: string[] = [];
    const seeds = Array.from({ length: SEQUENCES }, (_, index) => SEED + index);
    for (let first = 0; first < SEQUENCES; ) {
      const round = Math.floor(seeds[first]! / ROUND);
      const together = seeds.slice(first).filter(seed => Math.floor(seed / ROUND) === round);
      first += together.length;
      failures.push(await tryRound(together, tally));
    }
    expect(failures.filter(Boolean).join("\n")).toBe("");
    if (SEQUENCES < LONG) return;
    process.stdout.write(`${JSON.stringify(Object.fromEntries(tally))}\n`);
    expect(EVERY_KIND.filter(kind => (tally.get(kind)?.ran ?? 0) === 0)).toEqual([]);
  });

  async function tryRound(seeds: readonly number[], tally: Tally): Promise<string> {
    const round = new FuzzRound(fixture, tally, seeds);
    const problems = await outcomeProblems(round).catch((error: Error) => [String(error.stack)]);
    for (const one of round.hostile) one.leave();
    return problems.length > 0 ? describeFailure(round, problems) : "";
  }
});

/** What was found, how to try it again, and what the accounts did that it names. */
function describeFailure({ hostile, seeds }: FuzzRound, problems: readonly string[]): string {
  const found = problems.map(problem => `FOUND: ${problem}`);
  const logs = hostile
    .filter(({ user }) => problems.some(problem => new RegExp(`${user}\\b`).test(problem)))
    .map(({ log, user }) => `${user}:\n  ${log.join("\n  ")}`);
  const again =
    `Again: HOSTILE_SEED=${seeds[0]} HOSTILE_SEQUENCES=${seeds.length}. ` +
    `One account alone, here sl_h3: HOSTILE_SEED=${seeds[0]! - (seeds[0]! % ROUND) + 3} HOSTILE_SEQUENCES=1.`;
  return [...found, again, ...logs].join("\n");
}
