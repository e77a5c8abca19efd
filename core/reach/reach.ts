import { defined } from "../json";
import { IAM_PLUGIN, type ObservedAccount, type ObservedState, quoteAccount } from "../mysql";
import { isIamLogin } from "../mysql/iam-login";
import { isSystemAccount } from "../roster/account-name";
import { Code } from "./code";
import { directWays } from "./direct-ways";
import { Holdings } from "./holdings";
import { byProxy, ownGrants } from "./own-grants";
import type { ReachFacts, ReachTarget } from "./reach-facts";
import { Views } from "./views";
import { type Certainty, surest, surestFirst, type Way } from "./way";

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
  /** How many ways more there are than those in `ways`. */
  readonly more?: number | undefined;
}

/** A server may have thousands of views of one table. */
const MOST_WAYS = 100;

/** Everybody who reads or writes the target by any way, or could. In the order of the accounts. */
export function reach(facts: ReachFacts, target: ReachTarget): ReachRow[] {
  const { observed } = facts;
  const holdings = new Holdings(observed, facts.activatesAllRoles);
  const views = new Views(facts, target, holdings);
  const code = new Code(facts, target, holdings, views);
  const waysOf = (account: ObservedAccount): Way[] =>
    distinct([
      ...holdings
        .contexts(account)
        .flatMap(context => [
          ...views.allowed(directWays(context, target, holdings), context),
          ...views.ways(context),
          ...code.ways(context),
        ]),
      ...byBinaryLog(account, holdings),
      ...ownGrants(account, target, holdings),
    ]);
  const found = observed.accounts.map(account => summed(account, waysOf(account)));
  const reaching = new Set(found.flatMap(({ account, ways }) => (ways.length > 0 ? [account.user] : [])));
  return found.flatMap(({ account, more, reads, ways, writes }) => {
    const proxies = byProxy(account, user => reaching.has(user));
    if (ways.length + proxies.length === 0) return [];
    const byProxies = surest(proxies, "reads");
    return [
      {
        user: account.user,
        host: account.host,
        kind: kindOf(account, observed),
        ...defined({ reads: reads ?? byProxies, writes: writes ?? byProxies }),
        ...defined({ closed: closed(account, observed), more }),
        ways: [...ways, ...proxies],
      },
    ];
  });
}

/** What is said of an account: not all of its ways, if there are many. */
const summed = (account: ObservedAccount, ways: readonly Way[]) => ({
  account,
  reads: surest(ways, "reads"),
  writes: surest(ways, "writes"),
  ways: ways.length > MOST_WAYS ? surestFirst(ways).slice(0, MOST_WAYS) : ways,
  more: ways.length > MOST_WAYS ? ways.length - MOST_WAYS : undefined,
});

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
