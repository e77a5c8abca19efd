import { quoteAccount, quoteIdentifier, quoteText } from "../../core/mysql";
import type { Dice } from "../mysql/reconciler/hostile/dice";
import { PASSWORD } from "../support/mysql-login";
import { NATIVE_ROLE, type SoakCluster, spelled } from "./clusters";
import type { Declared } from "./declared";
import { STRANGE_HOSTS } from "./hosts";
import { isAscii, isDynamic } from "./people";

/** An account with the prefix that somebody made by hand. */
export interface Stranger {
  readonly user: string;
  readonly host: string;
}

/** A view that runs with the rights of the account that made it. */
export interface MadeView {
  readonly account: string;
  readonly host: string;
  /** Database and name, quoted. */
  readonly name: string;
}

/** What somebody does by hand on a cluster, as SQL for a superuser. */
export interface ByHand {
  readonly statements: readonly string[];
  readonly stranger?: Stranger;
}

/** A view of an account that may make one, and has hosts that no change of its grants takes from it. */
export function drawView(
  { databases }: SoakCluster,
  existing: readonly Declared[],
  { day, dice }: { day: number; dice: Dice },
): { readonly view: MadeView; readonly author: Declared } | undefined {
  const database = dice.pick(databases);
  const authors = existing.filter(
    ({ access, user }) =>
      access.includes(`${database} create view t`) && user.hosts && !user.grants.some(isDynamic),
  );
  if (authors.length === 0) return undefined;
  const author = dice.pick(authors);
  const name = `${quoteIdentifier(database)}.v${day}`;
  return { view: { account: author.account, host: dice.pick(author.hosts), name }, author };
}

const IAM = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL";

/**
 * Somebody makes an account of a declared user again, at a host of the past.
 * @param accounts those that were declared once
 */
export function drawFormer(cluster: SoakCluster, accounts: readonly Stranger[], dice: Dice): ByHand {
  const { statements } = created(cluster, dice.pick(accounts), IAM, dice);
  return { statements };
}

function created(cluster: SoakCluster, stranger: Stranger, login: string, dice: Dice): ByHand {
  const all = `${quoteIdentifier(spelled(cluster, dice.pick(cluster.databases)))}.*`;
  const account = quoteAccount(stranger);
  return {
    statements: [`CREATE USER ${account} ${login}`, `GRANT SELECT, INSERT ON ${all} TO ${account}`],
    stranger,
  };
}

function drawStranger(cluster: SoakCluster, someone: Declared | undefined, dice: Dice, day: number): ByHand {
  const made = `${cluster.prefix}_${dice.pick(["mallory", "tmp", "trudy"])}${day}`;
  const elsewhere = { user: someone?.account ?? made, host: dice.pick(STRANGE_HOSTS) };
  const [stranger, login] = dice.pick([
    [{ user: made, host: "%" }, `IDENTIFIED BY '${PASSWORD}'`],
    [{ user: made, host: "%" }, IAM],
    [elsewhere, IAM],
  ] as const);
  return created(cluster, stranger, login, dice);
}

/** One change by hand to an account that exists, or a new account. */
export function drawByHand(
  cluster: SoakCluster,
  existing: readonly Declared[],
  dice: Dice,
  day: number,
): ByHand {
  const { databases, prefix } = cluster;
  const database = dice.pick(databases);
  const all = `${quoteIdentifier(spelled(cluster, database))}.*`;
  const inner = quoteIdentifier(database);
  const someone = existing.length > 0 ? dice.pick(existing) : undefined;
  if (!someone || dice.chance(0.15)) return drawStranger(cluster, someone, dice, day);
  const account = quoteAccount({ user: someone.account, host: dice.pick(someone.hosts) });
  const renamed = { user: `${prefix}_lost${day}`, host: "%" };
  const byPassword = someone.user.login === "password";
  const changes: readonly string[] = [
    `GRANT DELETE, EXECUTE ON ${all} TO ${account}`,
    `GRANT SELECT ON ${all} TO ${account} WITH GRANT OPTION`,
    `GRANT SELECT, UPDATE (a) ON ${inner}.t TO ${account}`,
    ...(isAscii(someone.account) ? [`GRANT EXECUTE ON PROCEDURE ${inner}.p TO ${account}`] : []),
    `GRANT PROCESS ON *.* TO ${account}`,
    `GRANT CONNECTION_ADMIN ON *.* TO ${account}`,
    `GRANT ${NATIVE_ROLE} TO ${account}`,
    `REVOKE IF EXISTS SELECT ON ${all} FROM ${account}`,
    `REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${account}`,
    `DROP USER ${account}`,
    `ALTER USER ${account} ACCOUNT ${someone.isSuspended ? "UNLOCK" : "LOCK"}`,
    `ALTER USER ${account} WITH MAX_QUERIES_PER_HOUR 100007`,
    `ALTER USER ${account} REQUIRE NONE`,
    `ALTER USER ${account} ${byPassword ? `IDENTIFIED BY ${quoteText("Hand-made-2")}` : "PASSWORD EXPIRE NEVER"}`,
    `RENAME USER ${account} TO ${quoteAccount(renamed)}`,
  ];
  const sql = dice.pick(changes);
  return { statements: [sql], ...(sql.startsWith("RENAME") && { stranger: renamed }) };
}
