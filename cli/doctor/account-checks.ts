import { matchesHost } from "../../core/mysql/host-order";
import { IAM_PLUGIN } from "../../core/mysql/iam-login";
import { grantsOf, holdsAt } from "../../core/roster/roster";
import type { Facts } from "./facts";
import type { ServerRefusal } from "./login-outcome";
import { type Check, doubt, listed, notSeen, ok, type Verdict, wrong } from "./verdict";

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
    declared(facts) ?? held(facts) ?? byError(facts) ?? notSeen("whether the cluster has it as declared")
  );
}

/** What the users folder says against it. */
function declared({ account: name, cluster, declared: found, now }: Facts): Verdict | undefined {
  const { account: details, roster } = found;
  if (roster === undefined) return undefined;
  if (details === undefined)
    return wrong("not-declared", `The users folder has no account ${name} on ${cluster}`, "ask for a grant");
  if (details.login !== undefined)
    return wrong("login-by-password", `${name} logs in by password, and not by token`, "use its password");
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
  const here = same.filter(({ host }) => matchesHost(host, clientOf(login) ?? "") !== false);
  if (here.length === 0)
    return ofOtherHosts(
      name!,
      same.map(({ host }) => host),
      clientOf(login)!,
    );
  const [first] = here;
  if (first!.plugin !== IAM_PLUGIN)
    return wrong("account-plugin", `${name} logs in by ${first!.plugin} on ${cluster}, not by token`, apply);
  return first!.locked ? lockedVerdict(name!, cluster) : undefined;
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
function byError({ account: name, cluster, declared: found, login }: Facts): Verdict | undefined {
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
  return refusal(login, name ?? "the account");
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
