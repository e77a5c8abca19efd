import { assembleStatements, type ObservedState, quoteAccount, type Statement } from "../core/mysql";
import type { KnownPasswords } from "../core/mysql/password-login";
import type { Roster } from "../core/roster/roster";
import type { MySqlSession } from "../lambdas/reconciler/mysql/mysql-session";
import { observe } from "../lambdas/reconciler/mysql/observe";

export const PREFIX = "sl";

/** The statements that the reconciler would run for a roster on this server. */
export async function statementsFor(session: MySqlSession, roster: Roster): Promise<readonly Statement[]> {
  const { observed, administrator } = await observe(session, { prefix: PREFIX }, { rosters: [roster] });
  const rules = {
    prefix: PREFIX,
    unmanaged: "report",
    definers: "block",
    previouslyDeclared: [],
    onlyCreate: false,
  } as const;
  const passwords = knownPasswords(observed);
  const plan = assembleStatements({ ...rules, roster, observed, administrator, passwords, now: new Date() });
  if (plan.problems.length > 0) throw new Error(plan.problems.join("\n"));
  return plan.statements;
}

/** What the ledger knows of passwords that nobody has changed since the functions set them. */
const knownPasswords = ({ accounts }: ObservedState): KnownPasswords =>
  new Map(accounts.map(account => [quoteAccount(account), { changed: account.passwordChanged! }]));
