import { hostRank, matchesHost } from "../../core/mysql/host-order";
import { IAM_PLUGIN } from "../../core/mysql/iam-login";
import { grantsOf, holdsAt } from "../../core/roster/roster";
import type { Facts, HeldAccount } from "./facts";
import type { ServerRefusal } from "./login-outcome";
import { type Check, doubt, listed, notSeen, ok, sureIf, type Verdict, wrong } from "./verdict";

/** The account: what the users folder and the cluster say of it, then the server's own error. */
export const accountChecks: readonly Check[] = [
  { name: "account", judge: account },
  { name: "server", judge: server },
];

const ERRORS = {
  tooManyConnections: 1040,
  databaseDenied: 1044,
  accessDenied: 1045,
  unknownDatabase: 1049,
  hostBlocked: 1129,
  hostDenied: 1130,
  tooManyOfAccount: 1203,
  limitReached: 1226,
  passwordOver: 1862,
  locked: 3118,
  needsTls: 3159,
} as const;

/** Errors that are about the account itself. */
const OF_ACCOUNT: readonly number[] = [
  ERRORS.accessDenied,
  ERRORS.hostDenied,
  ERRORS.passwordOver,
  ERRORS.locked,
];

function account(facts: Facts): Verdict {
  const { account: name, login } = facts;
  if (login.kind === "in") return ok(`logged in as ${login.currentUser}`);
  const isRefused = login.kind === "plugin" || (login.kind === "refused" && OF_ACCOUNT.includes(login.errno));
  if (!isRefused) {
    if (login.kind === "refused") return ok("the server's error is not about it");
    return notSeen(name === undefined ? "nothing names it" : "no login was tried");
  }
  return (
    certainly(declared(facts)) ??
    held(facts) ??
    byError(facts) ??
    declared(facts) ??
    notSeen("whether the cluster has it as declared")
  );
}

const certainly = (verdict: Verdict | undefined) => (verdict?.result === "wrong" ? verdict : undefined);

/** What came before TLS, anything on the way could have sent. */
const isSure = (login: Facts["login"]): boolean => login.kind !== "refused" || login.isVerified;

/** What the users folder says against it. */
function declared({ account: name, cluster, declared: found, login, now }: Facts): Verdict | undefined {
  const { account: details, roster } = found;
  if (roster === undefined) return undefined;
  if (details === undefined) {
    // A server that asks for a token has the account: this folder may be of another branch.
    const isThere = login.kind === "refused" && login.hadToken;
    const what = `The users folder has no account ${name} on ${cluster}`;
    return sureIf(!isThere, wrong("not-declared", what, "ask for a grant"));
  }
  if (details.suspended)
    return wrong("suspended", `${name} is suspended in the users folder`, "ask who suspended it");
  const ends = grantsOf(details).map(({ grant }) => (holdsAt(grant, now) ? undefined : grant.expires));
  const last = ends.every(end => end !== undefined) ? ends.sort().at(-1) : undefined;
  if (last === undefined) return undefined;
  return wrong("expired", `The last grant of ${name} on ${cluster} ended at ${last}`, "ask for a new one");
}

/** What the cluster holds, where the preview function says it. */
function held({ account: name, cluster, held: found, login }: Facts): Verdict | undefined {
  if ("unseen" in found) return undefined;
  const same = found.seen.filter(({ user }) => user === name);
  const apply = "ask for an apply of the cluster's stack";
  if (same.length === 0) return wrong("account-absent", `${cluster} has no account ${name}`, apply);
  const client = clientOf(login);
  if (client !== undefined && same.every(({ host }) => matchesHost(host, client) === false)) {
    const hosts = same.map(({ host }) => host);
    return sureIf(isSure(login), ofOtherHosts(name!, hosts, client));
  }
  const used = usedOf(same, client);
  if (used === undefined) return undefined;
  if (used.plugin !== IAM_PLUGIN)
    return wrong("account-plugin", `${name} logs in by ${used.plugin} on ${cluster}, not by token`, apply);
  return used.locked ? lockedVerdict(name!, cluster) : undefined;
}

/** The account of the nearest host that matches, as the server chooses it; undefined if that is not sure. */
function usedOf(accounts: readonly HeldAccount[], client: string | undefined): HeldAccount | undefined {
  const [only] = accounts;
  if (accounts.length === 1 && only!.host === "%") return only;
  if (client === undefined) return undefined;
  const matches = accounts.map(account => ({ account, isHere: matchesHost(account.host, client) }));
  if (matches.some(({ isHere }) => isHere === undefined)) return undefined;
  const here = matches.filter(({ isHere }) => isHere).map(({ account }) => account);
  const [nearest, next] = here.sort((a, b) => hostRank(b.host) - hostRank(a.host));
  if (next && hostRank(next.host) === hostRank(nearest!.host)) return undefined;
  return nearest;
}

const lockedVerdict = (name: string, cluster: string): Verdict =>
  wrong(
    "account-locked",
    `${name} is locked on ${cluster}`,
    "ask who locked it, and whether it is suspended in users/",
  );

const ofOtherHosts = (name: string, hosts: readonly string[], client: string): Verdict =>
  wrong(
    "account-host",
    `${name} may log in from ${listed(hosts)} alone, and the server sees you at ${client}`,
    "log in from there (VPN, `--via`), or ask for another `hosts` in its file",
  );

/** The client as the server names it. */
const clientOf = (login: Facts["login"]): string | undefined =>
  login.kind === "refused" ? login.client : undefined;

/** What the server's answer alone shows. */
function byError(facts: Facts): Verdict | undefined {
  const verdict = errorVerdict(facts);
  return verdict && sureIf(isSure(facts.login), verdict);
}

function errorVerdict({ account: name, cluster, declared: found, login }: Facts): Verdict | undefined {
  const hosts = found.account?.hosts;
  const client = clientOf(login);
  if (hosts && client !== undefined && hosts.every(host => matchesHost(host, client) === false))
    return ofOtherHosts(name!, hosts, client);
  const absent = (why: string) =>
    wrong(
      "account-absent",
      `${cluster} has no account ${name} that logs in by token from here (${why})`,
      "check its spelling and capital letters, and ask whether the grant was applied",
    );
  if (login.kind === "plugin") return absent(`it asks for ${login.plugin}`);
  if (login.kind !== "refused") return undefined;
  switch (login.errno) {
    case ERRORS.locked:
      return lockedVerdict(name!, cluster);
    case ERRORS.passwordOver:
      return wrong(
        "password-over",
        `The password of ${name} has ended, which no token replaces`,
        "ask for an apply",
      );
    case ERRORS.hostDenied:
      return absent("it lets no account in from this address");
    default:
      return login.hadToken ? undefined : absent("it did not ask for a token");
  }
}

/** The server's own error, where nothing before explains it. */
function server({ account: name, login }: Facts): Verdict {
  if (login.kind === "in") return ok("no error");
  if (login.kind !== "refused") return notSeen("it gave no error of its own");
  return sureIf(login.isVerified, refusal(login, name ?? "the account"));
}

function refusal({ errno, message }: ServerRefusal, name: string): Verdict {
  switch (errno) {
    case ERRORS.tooManyConnections:
      return wrong("server-full", "The server has no free connection", "try again later, or use `--reader`");
    case ERRORS.tooManyOfAccount:
    case ERRORS.limitReached:
      return wrong(
        "account-limit",
        `${name} is at a limit of its own (${message})`,
        "end sessions, or ask for more",
      );
    case ERRORS.hostBlocked:
      return wrong(
        "host-blocked",
        "The server blocks this address after too many broken connections",
        "ask an administrator to run `TRUNCATE TABLE performance_schema.host_cache`",
      );
    case ERRORS.databaseDenied:
    case ERRORS.unknownDatabase:
      return wrong(
        "database",
        `The login works, but not the database (${message})`,
        "see `aurora-users whoami`",
      );
    case ERRORS.accessDenied:
      return doubt(
        "token-refused",
        `The server has ${name} and refuses the token, and nothing that can be seen here says why`,
        "ask for the session's tag, its policies, and those of the organization",
      );
    default:
      return wrong("server-error", `The server refuses the login (${message})`, "ask who runs the cluster");
  }
}
