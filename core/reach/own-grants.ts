import { type ObservedAccount, quoteAccount } from "../mysql";
import { placeOf } from "./direct-ways";
import type { Holdings } from "./holdings";
import type { ReachTarget } from "./reach-facts";
import type { Way } from "./way";

/** What lets an account take what it does not have, by the privilege. */
const TAKING: readonly (readonly [privilege: string, text: string])[] = [
  ["SUPER", "SUPER: it changes the server's settings, and names any account as definer"],
  ["CREATE USER", "CREATE USER: it sets the password of another account, and logs in as that one"],
  ["ROLE_ADMIN", "ROLE_ADMIN: it grants itself any account as a role"],
  ["SYSTEM_VARIABLES_ADMIN", "SYSTEM_VARIABLES_ADMIN: it sets init_connect, which others run as they log in"],
  ["BINLOG_ADMIN", "BINLOG_ADMIN: it runs changes of rows that no grant limits"],
  ["REPLICATION_APPLIER", "REPLICATION_APPLIER: it runs changes of rows that no grant limits"],
  ["CLONE_ADMIN", "CLONE_ADMIN: it puts the data of another server in place of all data"],
  ["REPLICATION_SLAVE_ADMIN", "REPLICATION_SLAVE_ADMIN: it lets another server change rows"],
];
/** The same for what it could only read. */
const READING: readonly (readonly [privilege: string, text: string])[] = [
  [
    "BACKUP_ADMIN",
    "BACKUP_ADMIN: another server takes all data as this account, if the clone plugin is there",
  ],
  ["FILE", "FILE: it reads files of the server, if secure_file_priv lets it"],
];

const DEFINERS: readonly string[] = ["SET_USER_ID", "SET_ANY_DEFINER"];
const CREATORS: readonly string[] = ["CREATE ROUTINE", "CREATE VIEW", "TRIGGER", "EVENT"];

/** The ways in which an account could give itself access, or act as an account that has it. */
export function ownGrants(account: ObservedAccount, target: ReachTarget, holdings: Holdings): Way[] {
  const server = holdings.ofServer(account);
  const all = holdings.withRoles(account);
  const creates = all.some(({ databases, globalPrivileges, tables }) =>
    [{ privileges: globalPrivileges }, ...databases, ...tables].some(({ privileges }) =>
      privileges.some(privilege => CREATORS.includes(privilege)),
    ),
  );
  const definer = DEFINERS.find(privilege => server.has(privilege));
  const grantTables = holdings
    .contexts(account)
    .flatMap(context => holdings.held(context, { database: "mysql" }))
    .flatMap(({ privileges }) => privileges.filter(one => one === "INSERT" || one === "UPDATE"));
  return [
    ...TAKING.filter(([privilege]) => server.has(privilege)).map(([, text]) => could(text)),
    ...READING.filter(([privilege]) => server.has(privilege)).map(([, text]) => could(text, false)),
    ...(movesTables(account, target, holdings)
      ? [could("ALTER and DROP: it renames the table into a place where it reads", false)]
      : []),
    ...(definer && creates
      ? [could(`${definer}: it makes code that runs with the rights of any account`)]
      : []),
    ...(grantTables.length > 0
      ? [could(`${[...new Set(grantTables)].join(", ")} on \`mysql\`: it writes the server's own grants`)]
      : []),
  ];
}

/** The ways of who may act as another account, if that one has a way. */
export const byProxy = ({ proxies }: ObservedAccount, hasWay: (user: string) => boolean): Way[] =>
  proxies
    .filter(({ user }) => user === "" || hasWay(user))
    .map(proxied =>
      could(`PROXY: it acts as ${proxied.user === "" ? "any account" : quoteAccount(proxied)}`),
    );

const could = (text: string, writes = true): Way => ({
  kind: "itself",
  certainty: "could",
  reads: true,
  writes,
  text,
});

/** Whether the account may rename the target, which it does not read, to where it reads (measured). */
function movesTables(account: ObservedAccount, target: ReachTarget, holdings: Holdings): boolean {
  return holdings.contexts(account).some(context => {
    const held = holdings.held(context, placeOf(target)).flatMap(({ privileges }) => privileges);
    const has = (wanted: string) => held.includes(wanted);
    if (!has("ALTER") || !has("DROP") || has("SELECT")) return false;
    return [account, ...context.roles].some(({ databases, globalPrivileges, tables }) =>
      [{ privileges: globalPrivileges }, ...databases, ...tables].some(({ privileges }) =>
        ["CREATE", "INSERT", "SELECT"].every(wanted => privileges.includes(wanted)),
      ),
    );
  });
}
