import fc from "fast-check";
import { DATABASE_PRIVILEGES } from "../../../../core/catalogue/mysql-privileges";
import { decideEnforcement } from "../../../../core/decisions/decide-enforcement";
import { nextExpiry } from "../../../../core/decisions/next-expiry";
import { effectsOf } from "../../../../core/mysql";
import { desiredAccounts } from "../../../../core/mysql/desired-account";
import { rosterSchema } from "../../../../core/roster/roster";
import { observedState } from "../../../support/observed";
import { halfWay, registered, settledOn } from "../decisions/known";
import { holding, inForce, MOMENTS, notEndedIn, overlaps, rosterWith, type Written } from "./added-up";

/** How the server of these tests reads names: patterns count. */
const SERVER = { partialRevokes: false, lowerCaseTableNames: 0 };
const RUNS = 1_000;
const ANYTHING = {
  privileges: DATABASE_PRIVILEGES,
  global: ["PROCESS"],
  nativeRoles: ["AWS_LAMBDA_ACCESS"],
  grantOption: true,
} as const;

/** What an account should have, as `inForce` writes it. */
function desiredItems(all: readonly Written[], at: Date): Set<string> {
  const account = desiredAccounts(rosterWith(all), at, SERVER).get("sl_jane");
  if (!account) return new Set();
  const { databases, objects, server } = account;
  return new Set([
    ...databases.flatMap(({ database, isPattern, privileges }) =>
      privileges.map(privilege => `${isPattern ? `PATTERN \`${database}\`` : database}|${privilege}`),
    ),
    ...objects.flatMap(({ items, name }) =>
      items.map(({ column, privilege }) => `${name}${column ? ` (\`${column}\`)` : ""}|${privilege}`),
    ),
    ...server.privileges.map(name => `${name} ON *.*`),
    ...server.roles.map(name => `ROLE \`${name}\``),
  ]);
}

/** The effects of a run, as `inForce` writes what they are about. */
function ran(statements: readonly { readonly sql: string }[], held: ReadonlySet<string>) {
  const [taken, given, other] = [new Set<string>(), new Set<string>(), [] as string[]];
  const effects = statements.flatMap(({ sql }) => effectsOf(sql) ?? [`unreadable|${sql}`]);
  for (const effect of effects) {
    const [verb, account, on = "", item = ""] = effect.split("|");
    if (verb === "drop" && account === "'sl_jane'@'%'") for (const one of held) taken.add(one);
    else if (verb === "revoke-role") taken.add("ROLE `AWS_LAMBDA_ACCESS`");
    else if (verb === "revoke" && on === "*.*") taken.add(`${item} ON *.*`);
    else if (verb === "revoke") taken.add(itemOf(on, item));
    else if (verb === "grant") given.add(on === "*.*" ? `${item} ON *.*` : itemOf(on, item));
    else if (verb === "grant-role") given.add("ROLE `AWS_LAMBDA_ACCESS`");
    else other.push(effect);
  }
  return { taken, given, other };
}

const ROWS: Readonly<Record<string, string>> = {
  "`orders`.*": "orders",
  "`payments`.*": "payments",
  "`tenant\\_%`.*": "PATTERN `tenant\\_%`",
};
function itemOf(on: string, item: string): string {
  const [, privilege = item, column] = /^([A-Z ]+) (\(`\w+`\))$/.exec(item) ?? [];
  return `${ROWS[on] ?? on}${column ? ` ${column}` : ""}|${privilege}`;
}

const minus = (from: ReadonlySet<string>, what: ReadonlySet<string>) =>
  [...from].filter(item => !what.has(item)).sort();

describe("own and team grants on one place", () => {
  it("give at any time what some grant in force gives", () => {
    let overlapping = 0;
    fc.assert(
      fc.property(overlaps(), all => {
        expect(rosterSchema.safeParse(rosterWith(all)).success).toBe(true);
        overlapping += new Set(all.map(({ place }) => place)).size < all.length ? 1 : 0;
        for (const at of MOMENTS)
          expect([...desiredItems(all, at)].sort()).toEqual([...inForce(all, at)].sort());
      }),
      { numRuns: RUNS },
    );
    expect(overlapping).toBeGreaterThan(RUNS / 4);
  });

  it("lose at their ends, by enforcement, exactly what no other gives, and get nothing", () => {
    let losing = 0;
    fc.assert(
      fc.property(overlaps(), fc.nat(MOMENTS.length - 2), (all, index) => {
        const [before, at] = [MOMENTS[index]!, MOMENTS[index + 1]!];
        const held = inForce(all, before);
        const roster = rosterWith(all);
        const accounts = held.size > 0 ? [holding(held)] : [];
        const { enforceable } = decideEnforcement({
          ...registered(settledOn(roster), { ceiling: ANYTHING }),
          observation: { observed: observedState(accounts, SERVER) },
          now: at,
        });
        const { given, other, taken } = ran(enforceable.plan.statements, held);
        const lost = minus(held, inForce(all, at));
        losing += lost.length > 0 ? 1 : 0;
        expect([...taken].sort()).toEqual(lost);
        // To revoke on a table takes its columns, too: MySQL gives those again.
        expect([...given].filter(item => !held.has(item) || lost.includes(item))).toEqual([]);
        expect(other).toEqual([]);
        expect(enforceable.drift.statements.map(({ sql }) => sql)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    expect(losing).toBeGreaterThan(RUNS / 4);
  });

  it("lose nothing that a roster gives on while an apply is half done, and get only what both give", () => {
    let [losing, keeping] = [0, 0];
    fc.assert(
      fc.property(overlaps(), overlaps(), (target, applied) => {
        const [before, at] = [MOMENTS[0]!, MOMENTS[2]!];
        const held = inForce(applied, before);
        const { enforceable } = decideEnforcement({
          ...registered(halfWay(rosterWith(target), rosterWith(applied)), { ceiling: ANYTHING }),
          observation: { observed: observedState(held.size > 0 ? [holding(held)] : [], SERVER) },
          now: at,
        });
        const { given, taken } = ran(enforceable.plan.statements, held);
        const kept = [
          ...inForce(notEndedIn(target, applied, at), at),
          ...inForce(notEndedIn(applied, target, at), at),
        ];
        losing += taken.size > 0 ? 1 : 0;
        keeping += taken.size > 0 && kept.length > 0 ? 1 : 0;
        // GRANT OPTION is of a whole table: one on columns stays only with a privilege on them.
        const isKept = (item: string) => !item.endsWith("GRANT OPTION");
        expect(kept.filter(item => isKept(item) && taken.has(item))).toEqual([]);
        const [next, last] = [inForce(target, at), inForce(applied, at)];
        const isAgreed = (item: string) => next.has(item) && last.has(item);
        expect([...given].filter(item => !isAgreed(item) && !held.has(item))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    expect(Math.min(losing, keeping)).toBeGreaterThan(RUNS / 10);
  });

  it("wake enforcement at the earliest of their ends", () => {
    fc.assert(
      fc.property(overlaps(), all => {
        const ends = all.flatMap(({ ends }) => (ends ? [ends.getTime()] : []));
        const next = nextExpiry(rosterWith(all), MOMENTS[0]!);
        expect(next?.getTime()).toBe(ends.length > 0 ? Math.min(...ends) : undefined);
      }),
      { numRuns: 100 },
    );
  });
});
