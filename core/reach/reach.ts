import { defined } from "../json";
import { IAM_PLUGIN, type ObservedAccount, type ObservedState, quoteAccount } from "../mysql";
import { isIamLogin } from "../mysql/iam-login";
import { isSystemAccount } from "../roster/account-name";
import { Code } from "./code";
import { directWays } from "./direct-ways";
import { Holdings } from "./holdings";
import { ownGrants } from "./own-grants";
import type { ReachFacts, ReachTarget } from "./reach-facts";
import { Views } from "./views";
import { type Certainty, surest, type Way } from "./way";

/** An account that reaches what is asked about. */
export interface ReachRow {
  readonly user: string;
  readonly host: string;
  /** `server`: an account of AWS or of the server itself. */
  readonly kind: "account" | "administrator" | "server";
  readonly reads?: Certainty | undefined;
  readonly writes?: Certainty | undefined;
  /** Why nobody logs in to it now; absent: somebody can. */
  readonly closed?: string | undefined;
  readonly ways: readonly Way[];
}

/** Everybody who reads or writes the target by any way, or could. In the order of the accounts. */
export function reach(facts: ReachFacts, target: ReachTarget): ReachRow[] {
  const { observed } = facts;
  const holdings = new Holdings(observed, facts.activatesAllRoles);
  const views = new Views(facts, target, holdings);
  const code = new Code(facts, target, holdings, views);
  return observed.accounts.flatMap(account => {
    const ways = distinct([
      ...holdings
        .contexts(account)
        .flatMap(context => [
          ...directWays(context, target, holdings),
          ...views.ways(context),
          ...code.ways(context),
        ]),
      ...byBinaryLog(account, holdings),
      ...ownGrants(account, target, holdings),
    ]);
    if (ways.length === 0) return [];
    const [reads, writes] = [surest(ways, "reads"), surest(ways, "writes")];
    return [
      {
        user: account.user,
        host: account.host,
        kind: kindOf(account, observed),
        ...defined({ reads, writes, closed: closed(account, observed) }),
        ways,
      },
    ];
  });
}

/** Each way once; the first is the one with the roles at login. */
const distinct = (ways: readonly Way[]): Way[] =>
  [...new Map(ways.toReversed().map(way => [keyOf(way), way])).values()].toReversed();

const keyOf = ({ certainty, reads, role, text, writes }: Way): string =>
  JSON.stringify([text, role, certainty, reads, writes]);

const byBinaryLog = (account: ObservedAccount, holdings: Holdings): Way[] =>
  holdings.ofServer(account).has("REPLICATION SLAVE")
    ? [
        {
          kind: "binary log",
          certainty: "may",
          reads: true,
          writes: false,
          text: "REPLICATION SLAVE: it reads each changed row in the binary log, if the server writes one",
        },
      ]
    : [];

function kindOf(account: ObservedAccount, { self }: ObservedState): ReachRow["kind"] {
  if (quoteAccount(account) === quoteAccount(self)) return "administrator";
  return account.user !== "" && isSystemAccount(account.user) ? "server" : "account";
}

/** Why nobody logs in to the account. */
function closed(account: ObservedAccount, { iamLogins }: ObservedState): string | undefined {
  const { authenticationString, locked, passwordExpired, plugin } = account;
  if (locked) return passwordExpired && authenticationString === "" ? "a role, or never opened" : "locked";
  if (passwordExpired) return "password expired";
  if (plugin === "mysql_no_login") return "no login";
  if (plugin === IAM_PLUGIN && !iamLogins) return "IAM logins are off";
  if (plugin === IAM_PLUGIN && !isIamLogin({ ...account, secondPassword: false })) return "no IAM login";
  return undefined;
}
