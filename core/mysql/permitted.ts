import { accountNames, holdsAt, type Roster } from "../roster/roster";
import { escapeDatabase } from "./database-name";
import { ACCOUNT_HOST } from "./desired-account";
import { effectsOf } from "./effects";
import { quoteAccount, quoteIdentifier } from "./quote";
import type { Statement } from "./statement";

export interface PermissionRequest {
  /** What would run now. */
  readonly statements: readonly Statement[];
  /** The SQL that the plan showed. */
  readonly shown: readonly string[];
  readonly roster: Roster;
  readonly now: Date;
}

/**
 * The effects that would happen now and that the plan did not show. With any of them, nothing runs. Fewer
 * effects than shown are fine, and so are revocations of what has expired since the plan.
 */
export function unpermitted({ statements, shown, roster, now }: PermissionRequest): string[] {
  const allowed = new Set(shown.flatMap(sql => effectsOf(sql) ?? []));
  const isExpired = expiredRevocations(roster, now);
  const wouldRun = statements.flatMap(({ sql }) => effectsOf(sql) ?? [`unknown|${sql}`]);
  return wouldRun.filter(effect => !allowed.has(effect) && !isExpired(effect));
}

/** Whether an effect revokes what a grant of the roster gave until it expired. */
function expiredRevocations(roster: Roster, now: Date): (effect: string) => boolean {
  const prefixes: string[] = [];
  const whole = new Set<string>();
  for (const user of accountNames(roster)) {
    const account = quoteAccount({ user, host: ACCOUNT_HOST });
    const grants = Object.entries(roster.accounts[user]!.databases);
    const over = grants.filter(([, grant]) => !holdsAt(grant, now));
    for (const [database] of over) {
      for (const spelled of [database, escapeDatabase(database)])
        prefixes.push(`revoke|${account}|${quoteIdentifier(spelled)}.*|`);
    }
    if (over.length > 0 && over.length === grants.length)
      for (const verb of ["drop", "lock"]) whole.add(`${verb}|${account}`);
  }
  return effect => whole.has(effect) || prefixes.some(prefix => effect.startsWith(prefix));
}
