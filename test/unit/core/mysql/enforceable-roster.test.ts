import fc from "fast-check";
import { DATABASE_PRIVILEGES } from "../../../../core/catalogue/mysql-privileges";
import {
  assembleStatements,
  effectsOf,
  enforceableRoster,
  expiredAccounts,
  quoteAccount,
  quoteIdentifier,
} from "../../../../core/mysql";
import { spellDatabase } from "../../../../core/mysql/database-name";
import {
  type GrantsOfPlace,
  grantsApart,
  holdsAt,
  privilegesOf,
  type Roster,
  type RosterAccount,
} from "../../../../core/roster/roster";
import { DATABASES, observedStateArbitrary, rosterArbitrary, rosterOn } from "../../../support/arbitraries";
import { assemble } from "../../../support/assemble";
import { NO_LIMITS, observedAccount, observedState, rosterOf } from "../../../support/observed";

const now = new Date("2026-11-20T00:00:00Z");

/**
 * What each of two rosters gives a user on one place at `now`, and what of it no grant of the same team that
 * has ended in the other takes away.
 */
function given(
  rosters: readonly (Roster | undefined)[],
  placeIn: (account: RosterAccount | undefined) => GrantsOfPlace | undefined,
  user: string,
) {
  const grants = rosters.map(each => {
    const place = placeIn(each?.accounts[user]);
    return (place ? grantsApart(place) : []).map(grant => ({
      grant,
      privileges: privilegesOf(each!, grant),
    }));
  });
  const ended = new Set(
    grants.flat().flatMap(({ grant }) => (holdsAt(grant, now) ? [] : [grant.team ?? null])),
  );
  const current = grants.map(all => all.filter(({ grant }) => holdsAt(grant, now)));
  const kept = current.flat().filter(({ grant }) => !ended.has(grant.team ?? null));
  return {
    by: current.map(all => all.flatMap(({ privileges }) => privileges)),
    kept: kept.flatMap(({ privileges }) => privileges),
  };
}

/** Whether an effect is among others, for an account of the user at any host. */
function isAmong(effects: readonly string[], verb: string, user: string, rest?: string): boolean {
  const head = `${verb}|${quoteAccount({ user, host: "" }).slice(0, -1)}`;
  return effects.some(effect => effect.startsWith(head) && effect.endsWith(rest ? `'|${rest}` : "'"));
}

describe("what enforcement may bring about", () => {
  it("grants only what both rosters have, and revokes nothing that either has", () => {
    let [gives, takes] = [0, 0];
    fc.assert(
      fc.property(
        rosterArbitrary,
        fc.option(rosterArbitrary, { nil: undefined }),
        observedStateArbitrary,
        (target, applied, observed) => {
          const { roster, undecided } = enforceableRoster({ target, applied, observed, now });
          const { statements } = assembleStatements({
            roster,
            observed,
            now,
            prefix: "sl",
            unmanaged: "report",
            definers: "block",
            previouslyDeclared: [],
            onlyCreate: false,
            onlyUsers: user => !undecided.has(user),
          });
          const effects = statements.flatMap(({ sql }) => effectsOf(sql) ?? [`unreadable|${sql}`]);
          const rosters = [target, applied];
          for (const user of new Set(rosters.flatMap(each => Object.keys(each?.accounts ?? {})))) {
            for (const database of DATABASES) {
              const spelled = spellDatabase(database, observed);
              const { by, kept } = given(rosters, account => account?.databases[database], user);
              const found = observed.accounts
                .filter(other => other.user === user)
                .flatMap(other =>
                  other.databases
                    .filter(({ name }) => name === spelled)
                    .flatMap(({ privileges }) => privileges),
                );
              for (const privilege of DATABASE_PRIVILEGES) {
                const on = `${quoteIdentifier(spelled)}.*|${privilege}`;
                const isGiven = kept.includes(privilege);
                if (isAmong(effects, "grant", user, on)) {
                  gives++;
                  const isAgreed = by.every(all => all.includes(privilege)) || found.includes(privilege);
                  expect({ on, allowed: isGiven && isAgreed }).toEqual({ on, allowed: true });
                }
                if (isAmong(effects, "revoke", user, on) && !isAmong(effects, "create", user)) {
                  takes++;
                  expect({ on, held: isGiven }).toEqual({ on, held: false });
                }
              }
            }
          }
        },
      ),
      { numRuns: 300 },
    );
    expect([gives > 0, takes > 10]).toEqual([true, true]);
  });

  it("does the same on tables, columns and procedures", () => {
    let [gives, takes] = [0, 0];
    const parts = ["t", "t (`a`)", "t (`b`)"].map(part => `\`orders\`.\`t\`${part.slice(1)}`);
    const onOrders = rosterOn(["orders"]);
    fc.assert(
      fc.property(onOrders, onOrders, observedStateArbitrary, (target, applied, observed) => {
        const { roster, undecided } = enforceableRoster({ target, applied, observed, now });
        const { statements } = assemble({ roster, observed, now, onlyUsers: user => !undecided.has(user) });
        const effects = statements.flatMap(({ sql }) => effectsOf(sql) ?? [`unreadable|${sql}`]);
        for (const user of new Set([target, applied].flatMap(each => Object.keys(each.accounts))))
          for (const part of parts) {
            const { by, kept } = given([target, applied], account => account?.objects?.[part], user);
            for (const privilege of DATABASE_PRIVILEGES) {
              const isGiven = kept.includes(privilege);
              const isFound = observed.accounts.some(
                ({ tables, user: name }) =>
                  name === user &&
                  part.endsWith("`t`") &&
                  tables.some(one => one.privileges.includes(privilege)),
              );
              const [on, column = ""] = part.split(/(?= \()/);
              const effect = `${on}|${privilege}${column}`;
              if (isAmong(effects, "grant", user, effect)) {
                gives++;
                const isAgreed = by.every(all => all.includes(privilege)) || isFound;
                expect([effect, isGiven && isAgreed]).toEqual([effect, true]);
              }
              if (isAmong(effects, "revoke", user, effect) && !isAmong(effects, "create", user)) {
                takes++;
                expect([effect, isGiven]).toEqual([effect, false]);
              }
            }
          }
      }),
      { numRuns: 1_500 },
    );
    expect([gives > 0, takes > 10]).toEqual([true, true]);
  });

  it("is the roster itself if the last apply succeeded", () => {
    const roster = rosterOf({ sl_a: { orders: "read" } });
    expect(enforceableRoster({ target: roster, applied: roster, observed: observedState([]), now })).toEqual({
      roster,
      undecided: new Set(),
    });
  });

  it("leaves accounts alone that only a half-way apply knows and has not begun to grant", () => {
    const target = rosterOf({ sl_new: { orders: "read" }, sl_both: { orders: "read" } });
    const applied = rosterOf({ sl_both: { orders: "read" } });
    const { undecided } = enforceableRoster({
      target,
      applied,
      observed: observedState([observedAccount("sl_new")]),
      now,
    });
    expect([...undecided]).toEqual(["sl_new"]);
  });

  it("counts a grant that expired in either roster as expired", () => {
    const over = { role: "read", expires: "2026-11-19T00:00:00Z" };
    const later = { role: "read", expires: "2027-11-19T00:00:00Z" };
    const observed = observedState([observedAccount("sl_a"), observedAccount("sl_b")]);
    const target = rosterOf({ sl_a: { orders: later }, sl_b: { orders: over } });
    const applied = rosterOf({ sl_a: { orders: over }, sl_b: { orders: later } });
    const { roster } = enforceableRoster({ target, applied, observed, now });
    expect([...expiredAccounts(roster, observed, now)]).toEqual(["sl_a", "sl_b"]);
  });

  it.each([
    { moreFactors: 1 },
    { blocksFailedLogins: true },
    { tls: "X509" },
    { limits: { ...NO_LIMITS, connections: 1 } },
  ])("without the right to give, takes nothing from an account that keeps its holder out: %j", overrides => {
    const databases = [{ name: "orders", privileges: ["SELECT"], grantOption: false }] as const;
    const observed = observedState([observedAccount("sl_jane", { databases, ...overrides })]);
    const over = { role: "read", expires: "2026-11-19T00:00:00Z" };
    const target = rosterOf({ sl_jane: { orders: "read", app_prod: over } });
    const request = { target, applied: target, observed, now, mayGive: false };
    const { roster, undecided } = enforceableRoster(request);
    const { statements } = assemble({ roster, observed, now, onlyUsers: user => !undecided.has(user) });
    expect(statements.map(({ sql }) => sql).filter(sql => sql.startsWith("ALTER"))).toEqual([]);
  });
});
