import { quoteAccount, quoteIdentifier, quoteText } from "../../core/mysql";
import type { Dice } from "../mysql/reconciler/hostile/dice";
import { PASSWORD } from "../support/mysql-login";
import { NATIVE_ROLE, type SoakCluster, spelled } from "./clusters";
import type { Declared } from "./declared";
import { isAscii, isDynamic } from "./people";

/** An account with the prefix that somebody made by hand. */
export interface Stranger {
  readonly user: string;
  readonly host: string;
}

/** A view that runs with the rights of the account that made it. */
export interface MadeView {
  readonly account: string;
  /** Database and name, quoted. */
  readonly name: string;
}

/** What somebody does by hand on a cluster, as SQL for a superuser. */
export interface ByHand {
  readonly statements: readonly string[];
  readonly stranger?: Stranger;
}

/** A view of an account that may make one. */
export function drawView(
  { databases }: SoakCluster,
  existing: readonly Declared[],
  { day, dice }: { day: number; dice: Dice },
): { readonly view: MadeView; readonly author: Declared } | undefined {
  const database = dice.pick(databases);
  const authors = existing.filter(
    ({ access, user }) => access.includes(`${database} create view t`) && !user.grants.some(isDynamic),
  );
  if (authors.length === 0) return undefined;
  const author = dice.pick(authors);
  return { view: { account: author.account, name: `${quoteIdentifier(database)}.v${day}` }, author };
}

const IAM = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL";

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
  const account = quoteAccount({ user: someone?.account ?? "", host: "%" });
  const made = `${prefix}_${dice.pick(["mallory", "tmp", "trudy"])}${day}`;
  const elsewhere = { user: someone?.account ?? made, host: "10.%" };
  const create = (stranger: Stranger, login: string): ByHand => ({
    statements: [
      `CREATE USER ${quoteAccount(stranger)} ${login}`,
      `GRANT SELECT, INSERT ON ${all} TO ${quoteAccount(stranger)}`,
    ],
    stranger,
  });
  const strange = [
    create({ user: made, host: "%" }, `IDENTIFIED BY '${PASSWORD}'`),
    create({ user: made, host: "%" }, IAM),
    create(elsewhere, IAM),
  ];
  if (!someone || dice.chance(0.15)) return dice.pick(strange);
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
