import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "mysql2/promise";
import { type Anchor, verifyChain } from "../../core/audit";
import { sha256Hex } from "../../lambdas/runtime/hash";
import type { Dice } from "../mysql/reconciler/hostile/dice";
import { column, iamToken, logIn } from "../support/mysql-login";
import { AUDIT, type Cloud } from "./container";
import { canLogIn, type Declared } from "./declared";
import { grantsOf, readAccounts } from "./grant-tables";
import { ADDRESSES, landing, STRANGE_ADDRESS, STRANGE_HOSTS } from "./hosts";
import { tryAccess } from "./probes";
import type { ClusterLife } from "./soak-cluster";

const PLUGINS = { iam: "AWSAuthenticationPlugin", password: "caching_sha2_password" } as const;

/** Which accounts exist, and what a login of each has to keep to, read from the server's own tables. */
export async function accountProblems(
  { cluster, servers, strangers, views }: ClusterLife,
  declared: ReadonlyMap<string, Declared>,
): Promise<string[]> {
  const problems: string[] = [];
  const say = (what: string) => problems.push(`${cluster.name}: ${what}`);
  const found = await readAccounts(servers.real, cluster.prefix);
  const made = new Map(strangers.map(({ stranger }) => [`${stranger.user}@${stranger.host}`, stranger]));
  for (const { account, hosts } of declared.values()) {
    for (const host of hosts)
      if (!found.has(`${account}@${host}`)) say(`${account}@${host} does not exist, and is declared`);
    const alike = new Set(hosts.map(host => grantsOf(found.get(`${account}@${host}`))));
    if (alike.size > 1) say(`${account} does not have the same at each host: ${[...alike].join("\n    ")}`);
  }
  for (const [key, { user }] of found) {
    const [account, host] = [String(user["User"]), String(user["Host"])];
    const one = declared.get(account)?.hosts.includes(host) ? declared.get(account) : undefined;
    if (!one) {
      const isAuthor = views.some(({ view }) => `${view.account}@${view.host}` === key);
      if (isAuthor && user["account_locked"] === "Y") continue;
      if (!made.has(key) || cluster.unmanaged === "remove") say(`${key} exists, and nobody declared it`);
      else if (cluster.unmanaged === "lock" && user["account_locked"] !== "Y") say(`${key} is not locked`);
      continue;
    }
    const keeps = [
      user["plugin"],
      user["account_locked"],
      user["ssl_type"],
      ...LIMITS.map(name => user[name]),
    ];
    const wanted = [
      PLUGINS[one.user.login ?? "iam"],
      one.isSuspended ? "Y" : "N",
      one.user.tls === "x509" ? "X509" : "ANY",
      ...one.limits,
    ];
    if (JSON.stringify(keeps) !== JSON.stringify(wanted))
      say(`${key} has ${keeps}, and ${wanted} is declared`);
  }
  return problems;
}

const LIMITS = ["max_questions", "max_updates", "max_connections", "max_user_connections"];

/** An account that logs in, and from where. */
export interface ToTry {
  readonly life: ClusterLife;
  readonly one: Declared;
  readonly addresses: readonly string[];
}

/**
 * Logs in as the account from the addresses, and tries everything from the first one that is let in.
 * @returns what is not as declared
 */
export async function accessProblems({ addresses, life, one }: ToTry, cloud: Cloud): Promise<string[]> {
  const { cluster } = life;
  const problems: string[] = [];
  const secret = await secretOf(life, one, cloud);
  const may = canLogIn(one) ? one.access : undefined;
  let isTried = false;
  for (const address of addresses) {
    const connection = await open(life, one.account, secret, address);
    const taken = connection && (await column(connection, "SELECT CURRENT_USER()"))[0];
    const host = may && landing(one.hosts, address);
    const wanted = host === undefined ? undefined : `${one.account}@${host}`;
    if (taken !== wanted)
      problems.push(`${one.account} from ${address} is ${taken ?? "refused"}, not ${wanted ?? "refused"}`);
    else if (connection && !isTried) {
      isTried = true;
      problems.push(
        ...differences(`${one.account} from ${address}`, await tryAccess(connection, cluster), may!),
      );
    }
    connection?.destroy();
  }
  return problems.map(problem => `${cluster.name}: ${problem}`);
}

function differences(who: string, has: readonly string[], may: readonly string[]): string[] {
  const tooMuch = has.filter(what => !may.includes(what));
  const missing = may.filter(what => !has.includes(what));
  return tooMuch.length + missing.length > 0
    ? [`${who} has too much: [${tooMuch}], and lacks: [${missing}]`]
    : [];
}

const secretOf = async (life: ClusterLife, { account, user }: Declared, cloud: Cloud): Promise<string> =>
  user.login === "password"
    ? ((await cloud.secrets.current(life.secret(account))) ?? "")
    : iamToken(life.servers.real.server, account);

/** The server counts sessions of which the client has just closed the connection. */
const TOO_MANY = new Set([1203, 1226]);

/** A session of the account; undefined if the server refuses it. */
async function open(
  life: ClusterLife,
  account: string,
  secret: string,
  address: string = ADDRESSES[0],
): Promise<Connection | undefined> {
  const { server } = life.servers.real;
  for (let tries = 1; ; tries++) {
    const connection = await logIn(server, account, secret, address).catch((error: { errno?: number }) => {
      // The system's own errors are negative: the server did not answer.
      if (!(Number(error.errno) > 0)) throw error;
      return Number(error.errno);
    });
    if (typeof connection !== "number") {
      connection.on("error", () => {});
      return connection;
    }
    if (!TOO_MANY.has(connection) || tries > 50) return undefined;
    await sleep(20);
  }
}

/** A session as an account that exists, to see it end. */
export async function session(
  life: ClusterLife,
  one: Declared,
  cloud: Cloud,
): Promise<Connection | undefined> {
  const address = ADDRESSES.find(each => landing(one.hosts, each) !== undefined);
  return open(life, one.account, await secretOf(life, one, cloud), address);
}

/** Nobody logs in as an account that nobody has any more, from anywhere. */
export async function formerProblems(life: ClusterLife, account: string): Promise<string[]> {
  const user = `${life.cluster.prefix}_${account}`;
  const token = await iamToken(life.servers.real.server, user);
  const problems: string[] = [];
  for (const address of ADDRESSES) {
    const connection = await open(life, user, token, address);
    connection?.destroy();
    if (connection)
      problems.push(`${life.cluster.name}: ${user} is of the past, and logs in from ${address}`);
  }
  return problems;
}

/** The password before a rotation works until its time is over, and not longer. */
export async function oldPasswordProblems(
  life: ClusterLife,
  declared: ReadonlyMap<string, Declared>,
  now: number,
): Promise<string[]> {
  const problems: string[] = [];
  for (const { account, password, until } of life.oldPasswords) {
    const one = declared.get(account);
    if (one?.user.login !== "password" || !canLogIn(one)) continue;
    const connection = await open(life, account, password);
    connection?.destroy();
    if (connection && now >= until)
      problems.push(`${life.cluster.name}: ${account} logs in by an old password`);
  }
  life.oldPasswords = life.oldPasswords.filter(({ until }) => until + 5 * 86_400_000 > now);
  return problems;
}

/**
 * The chain of the cluster's audit items is whole, and goes on where it was at the last call.
 * @param anchors the heads of earlier calls, which this one adds to
 */
export async function chainProblems(
  { cluster }: ClusterLife,
  { store }: Cloud,
  anchors: Anchor[],
): Promise<string[]> {
  const items = await store.list(AUDIT, cluster.name, "");
  const [seq, hash] = [Number(items.at(-1)!["seq"]), String(items.at(-1)!["hash"])];
  const chain = { partition: cluster.name, items: items.slice(0, -1), head: { seq, hash }, anchors };
  const found = verifyChain(chain as WholeChain, sha256Hex);
  anchors.push({ seq, hash });
  return found.map(finding => `${cluster.name}: ${JSON.stringify(finding)}`);
}

type WholeChain = Parameters<typeof verifyChain>[0];

/** Some of the values, each at most once. */
export function sample<T>(values: readonly T[], count: number, dice: Dice): readonly T[] {
  const left = [...values];
  const drawn: T[] = [];
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(dice.upTo(left.length), 1));
  return drawn;
}

/** Accounts of all clusters. */
export type All = ReadonlyMap<ClusterLife, ReadonlyMap<string, Declared>>;
/** How many accounts log in each day of those whose access did not change. */
const SAMPLE = 24;

/** Accounts whose access changed since yesterday, and some of the others, from fewer addresses. */
export function drawToTry(today: All, yesterday: All, dice: Dice): readonly ToTry[] {
  const text = (one: Declared | undefined) =>
    one && JSON.stringify([one.access, one.hosts, one.isSuspended, one.user.tls, one.user.login]);
  const all = [...today].flatMap(([life, declared]) =>
    [...declared.values()].map(one => ({ life, one, addresses: addressesOf(life, one) })),
  );
  const isChanged = ({ life, one }: ToTry) => text(yesterday.get(life)?.get(one.account)) !== text(one);
  const changed = all.filter(isChanged);
  const others = all.filter(one => !isChanged(one));
  return [
    ...sample(changed, 3 * SAMPLE, dice),
    ...sample(others, SAMPLE, dice).map(one => ({ ...one, addresses: sample(one.addresses, 2, dice) })),
  ];
}

/** From where logins are up to the declared accounts: one made by hand may be nearer. */
function addressesOf({ strangers }: ClusterLife, { account }: Declared): readonly string[] {
  const [, nearer] = STRANGE_HOSTS;
  const isTaken = strangers.some(({ stranger: { host, user } }) => user === account && host === nearer);
  return ADDRESSES.filter(address => !(isTaken && address === STRANGE_ADDRESS));
}
