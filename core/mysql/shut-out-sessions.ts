import { groupBy } from "../group-by";
import { hostRank, matchesHost } from "./host-order";
import type { AccountId } from "./observed-state";

/** An open session, as `information_schema.PROCESSLIST` has it. */
export interface OpenSession {
  readonly connection: number;
  readonly user: string;
  /** Where it comes from: `10.0.0.1:45678`. */
  readonly client: string;
  /** The database that it uses. Absent: none. */
  readonly database?: string | undefined;
}

export interface LoginAccount extends AccountId {
  readonly locked: boolean;
}

/**
 * The sessions that could not log in now: their account is locked, or no account of their name takes logins
 * of the client. The server does not say which account a session has. If some accounts of the name are locked
 * and others are not, it is the one that the server would choose for the client's address.
 */
export function shutOutSessions<S extends OpenSession>(
  sessions: readonly S[],
  accounts: readonly LoginAccount[],
): S[] {
  const byUser = groupBy(accounts, ({ user }) => user);
  return sessions.filter(({ client, user }) => {
    const same = byUser.get(user) ?? [];
    const isForeign = same.every(({ host }) => matchesHost(host, addressOf(client)) === false);
    return isForeign || same.every(({ locked }) => locked) || chosenFor(client, same)?.locked === true;
  });
}

/** The account whose host is the nearest of those that match; of two alike, one that is not locked. */
export function chosenFor(client: string, accounts: readonly LoginAccount[]): LoginAccount | undefined {
  const address = addressOf(client);
  const [chosen] = accounts
    .filter(({ host }) => matchesHost(host, address))
    .sort((a, b) => hostRank(b.host) - hostRank(a.host) || Number(a.locked) - Number(b.locked));
  return chosen;
}

/** The address of a client, without its port. */
const addressOf = (client: string): string => client.replace(/:\d+$/, "");
