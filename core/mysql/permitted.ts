import { accountNames, holdsAt, type Roster } from "../roster/roster";
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
 * What would happen now and was not shown in the plan: with any of it, nothing runs. Fewer than was shown is fine, and taking
 * away what has expired since is always allowed; giving it never comes up, as an expired grant is not in force.
 */
export function unpermitted({ statements, shown, roster, now }: PermissionRequest): string[] {
  const allowed = new Set(shown.flatMap(sql => effectsOf(sql) ?? []));
  const expired = expiredTakings(roster, now);
  const wouldRun = statements.flatMap(({ sql }) => effectsOf(sql) ?? [`unknown|${sql}`]);
  return wouldRun.filter(effect => !allowed.has(effect) && !expired(effect));
}

/** Whether an effect takes away what a grant of the roster gave until it expired. */
function expiredTakings(roster: Roster, now: Date): (effect: string) => boolean {
  const prefixes: string[] = [];
  const whole = new Set<string>();
  for (const user of accountNames(roster)) {
    const account = quoteAccount({ user, host: ACCOUNT_HOST });
    const grants = Object.entries(roster.accounts[user]!.databases);
    const over = grants.filter(([, grant]) => !holdsAt(grant, now));
    for (const [database] of over) {
      for (const spelled of [database, database.replace(/[_%]/g, "\\$&")])
        prefixes.push(`revoke|${account}|${quoteIdentifier(spelled)}.*|`);
    }
    if (over.length > 0 && over.length === grants.length)
      for (const verb of ["drop", "lock"]) whole.add(`${verb}|${account}`);
  }
  return effect => whole.has(effect) || prefixes.some(prefix => effect.startsWith(prefix));
}
