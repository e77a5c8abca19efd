import { existsSync } from "node:fs";
import { accountName, DEFAULT_PREFIX } from "../../core/roster/account-name";
import { EMPTY_ROSTER, type Roster } from "../../core/roster/roster";
import { readUsers } from "../../reader";
import type { Io } from "../terminal/command";
import { AwsProblemError } from "../terminal/errors";
import { counted } from "../terminal/table";
import { callerIdentity } from "./caller";
import type { ClusterPlace } from "./find-cluster";

type Accounts = Roster["accounts"];

/** The prefix of accounts that the settings of the users folder give, or the default. */
export const prefixOf = (folder: string, io: Io): string =>
  existsSync(folder) ? readUsers(folder).inspect({ now: io.now() }).settings.prefix : DEFAULT_PREFIX;

/** The roster of a cluster; or why nothing counts: there is no users folder, or it has problems. */
export function rosterOf(
  folder: string,
  { cluster, prefix }: Pick<ClusterPlace, "cluster" | "prefix">,
  io: Io,
): { readonly roster: Roster } | { readonly unseen: string; readonly hasProblems: boolean } {
  if (!existsSync(folder)) return { unseen: `there is no folder ${folder}`, hasProblems: false };
  const users = readUsers(folder);
  const now = io.now();
  const { rosters, problems } = users.inspect({ now });
  if (problems.length > 0)
    return {
      unseen: `the folder ${folder} has ${counted(problems.length, "problem")}, so it does not count: run aurora-users check`,
      hasProblems: true,
    };
  const clusters = Object.fromEntries([...Object.keys(rosters), cluster].map(name => [name, { prefix }]));
  return { roster: users.inspect({ clusters, now }).rosters[cluster] ?? EMPTY_ROSTER };
}

/**
 * The account of a person: by itself, by what follows the prefix, by the user name in the identity provider,
 * or by the e-mail address. Undefined if there is none.
 */
export function accountOfName(accounts: Accounts, name: string, prefix: string): string | undefined {
  const named = [name, accountName(prefix, name)].find(account => Object.hasOwn(accounts, account));
  if (named !== undefined) return named;
  const isOfName = ({ email, user }: Accounts[string]) =>
    user === name || (email !== undefined && email.toLowerCase() === name.toLowerCase());
  return Object.keys(accounts).find(account => isOfName(accounts[account]!));
}

/**
 * The account to log in with: the one given, or that of the person whose AWS credentials these are.
 * @param given the account of `--as`
 * @param folder the users folder; it may be missing
 * @throws AwsProblemError if that person has none on the cluster, or the account takes a password
 */
export async function accountFor(
  place: ClusterPlace,
  given: string | undefined,
  folder: string,
  io: Io,
): Promise<string> {
  const found = rosterOf(folder, place, io);
  if ("unseen" in found && found.hasProblems) io.err(`${place.cluster}: ${found.unseen}.`);
  const accounts = "roster" in found ? found.roster.accounts : undefined;
  const account = given ?? accountByName(accounts, (await callerIdentity(place.region, io)).name, place);
  if (accounts?.[account]?.login !== undefined)
    throw new AwsProblemError(`${account} logs in by password, so that a token does not work for it.`);
  return account;
}

function accountByName(accounts: Accounts | undefined, name: string, place: ClusterPlace): string {
  if (accounts === undefined) return accountName(place.prefix, name);
  const found = accountOfName(accounts, name, place.prefix);
  if (found !== undefined) return found;
  throw new AwsProblemError(
    `No grant in the users folder gives ${name} access to ${place.cluster}. Ask for one, or name another account ` +
      "by --as.",
  );
}
