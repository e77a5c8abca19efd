import type { Roster } from "../../../core/roster/roster";
import { BY_PASSWORD, IAM } from "../../support/cluster";
import { rosterOf } from "../../support/observed";

/** How many statements turn the old state into the roster. */
export const statementCount = (partialRevokes: boolean): number => (partialRevokes ? 23 : 24);

/** `npm test` tries a sixth of the points. docs/development.md: what runs by hand. */
export const isWhole = process.env["AURORA_USERS_SUITES"] === "all";

/** After how many of `total` statements something is killed: before the first, after the last, between. */
export const killPoints = (total: number): number[] =>
  Array.from({ length: total + 1 }, (_, n) => n).filter(
    n => isWhole || n === 0 || n === total || n % 6 === total % 6,
  );

/**
 * Each account comes from another place: wider, narrower, elsewhere, at another level, by another login, of
 * another host.
 */
export const ROSTER: Roster = rosterOf(
  {
    sl_wide1: { orders: "write" },
    sl_wide2: { orders: "write" },
    sl_narrow: { orders: "read" },
    sl_move: { app_prod: "tidy" },
    sl_spell: { app_prod: "read" },
    sl_table: { orders: "read" },
    sl_global: { orders: "read" },
    sl_role: { orders: "read" },
    sl_locked: { orders: "read" },
    sl_renamed: { orders: "read" },
    sl_password: { orders: "read" },
    sl_two: { orders: "read" },
    sl_overlap: { app_prod: "write" },
    sl_new1: { orders: "read", appXprod: "write" },
    sl_new2: { orders: "read", appXprod: "write" },
  },
  { read: ["SELECT"], write: ["SELECT", "INSERT", "UPDATE"], tidy: ["SELECT", "DELETE"] },
);

const iam = (...accounts: string[]) => accounts.map(account => `CREATE USER ${account} ${IAM}`);

/** The old state of the cluster, as SQL for an account with all rights. */
export const old = (partialRevokes: boolean): readonly string[] => [
  ...iam(
    "sl_wide1",
    "sl_wide2",
    "sl_narrow",
    "sl_move",
    "sl_spell",
    "sl_table",
    "sl_global",
    "sl_role",
    "sl_overlap",
  ),
  ...iam("sl_old1", "sl_old2", "sl_renamed@'127.%'", "sl_two", "sl_two@'127.%'"),
  ...[`CREATE USER sl_locked ${IAM} ACCOUNT LOCK`, `CREATE USER sl_password ${BY_PASSWORD}`],
  ...["sl_wide1", "sl_wide2", "sl_locked", "sl_password", "sl_old1", "sl_old2", "sl_two@'127.%'"].map(
    account => `GRANT SELECT ON orders.* TO ${account}`,
  ),
  "GRANT SELECT, INSERT, UPDATE ON orders.* TO sl_narrow",
  "GRANT SELECT, DELETE ON orders.* TO sl_move",
  `GRANT SELECT, INSERT ON \`${partialRevokes ? "app\\_prod" : "app_prod"}\`.* TO sl_spell`,
  "GRANT SELECT, DELETE ON orders.t TO sl_table",
  "GRANT SELECT, PROCESS ON *.* TO sl_global",
  ...["GRANT app_role TO sl_role", "SET DEFAULT ROLE ALL TO sl_role"],
  "GRANT SELECT ON orders.* TO sl_renamed@'127.%'",
  "GRANT SELECT, EXECUTE ON orders.* TO sl_two",
  "GRANT SELECT, INSERT, DELETE ON `app%`.* TO sl_overlap",
  "GRANT SELECT, EXECUTE ON `app\\_prod`.* TO sl_overlap",
];

export const USERS: readonly string[] = [...Object.keys(ROSTER.accounts), "sl_old1", "sl_old2"];
