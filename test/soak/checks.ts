import type { Connection } from "mysql2/promise";
import { type Anchor, verifyChain } from "../../core/audit";
import { sha256Hex } from "../../lambdas/runtime/hash";
import type { Dice } from "../mysql/reconciler/hostile/dice";
import { iamToken, logIn } from "../support/mysql-login";
import { AUDIT, type Cloud } from "./container";
import { canLogIn, type Declared } from "./declared";
import { readAccounts } from "./grant-tables";
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
  for (const account of declared.keys())
    if (!found.has(`${account}@%`)) say(`${account} does not exist, and is declared`);
  for (const [key, { user }] of found) {
    const one = key.endsWith("@%") ? declared.get(key.slice(0, -2)) : undefined;
    if (!one) {
      const isAuthor = views.some(({ view }) => `${view.account}@%` === key);
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

/** Logs in as the account and tries everything. */
export async function accessProblems(life: ClusterLife, one: Declared, cloud: Cloud): Promise<string[]> {
  const { cluster } = life;
  const connection = await open(life, one.account, await secretOf(life, one, cloud));
  const has = connection ? await tryAccess(connection, cluster) : undefined;
  connection?.destroy();
  const may = canLogIn(one) ? one.access : undefined;
  if (JSON.stringify(has) === JSON.stringify(may)) return [];
  const some = (list: readonly string[] | undefined) => list ?? ["(no login)"];
  const tooMuch = some(has).filter(what => !some(may).includes(what));
  const missing = some(may).filter(what => !some(has).includes(what));
  return [`${cluster.name}: ${one.account} has too much: [${tooMuch}], and lacks: [${missing}]`];
}

const secretOf = async (life: ClusterLife, { account, user }: Declared, cloud: Cloud): Promise<string> =>
  user.login === "password"
    ? ((await cloud.secrets.current(life.secret(account))) ?? "")
    : iamToken(life.servers.real.server, account);

/** A session of the account; undefined if the server refuses it. */
async function open(
  { servers }: ClusterLife,
  account: string,
  secret: string,
): Promise<Connection | undefined> {
  const connection = await logIn(servers.real.server, account, secret).catch((error: { errno?: number }) => {
    // The system's own errors are negative: the server did not answer.
    if (!(Number(error.errno) > 0)) throw error;
    return undefined;
  });
  connection?.on("error", () => {});
  return connection;
}

/** A session as an account that exists, to see it end. */
export const session = async (
  life: ClusterLife,
  one: Declared,
  cloud: Cloud,
): Promise<Connection | undefined> => open(life, one.account, await secretOf(life, one, cloud));

/** Nobody logs in as an account that nobody has any more. */
export async function formerProblems(life: ClusterLife, account: string): Promise<string[]> {
  const user = `${life.cluster.prefix}_${account}`;
  const connection = await open(life, user, await iamToken(life.servers.real.server, user));
  connection?.destroy();
  return connection ? [`${life.cluster.name}: ${user} is of the past, and logs in`] : [];
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
