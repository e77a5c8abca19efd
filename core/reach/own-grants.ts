import { type ObservedAccount, quoteAccount } from "../mysql";
import type { Holdings } from "./holdings";
import type { Way } from "./way";

/** What lets an account take what it does not have, by the privilege. */
const TAKING: readonly (readonly [privilege: string, text: string])[] = [
  ["SUPER", "SUPER: it changes the server's settings, and names any account as definer"],
  ["CREATE USER", "CREATE USER: it sets the password of another account, and logs in as that one"],
  ["ROLE_ADMIN", "ROLE_ADMIN: it grants itself any account as a role"],
];

const DEFINERS: readonly string[] = ["SET_USER_ID", "SET_ANY_DEFINER"];
const CREATORS: readonly string[] = ["CREATE ROUTINE", "CREATE VIEW", "TRIGGER", "EVENT"];

/** The ways in which an account could give itself access, or act as an account that has it. */
export function ownGrants(account: ObservedAccount, holdings: Holdings): Way[] {
  const server = holdings.ofServer(account);
  const all = holdings.withRoles(account);
  const creates = all.some(({ databases, globalPrivileges, tables }) =>
    [{ privileges: globalPrivileges }, ...databases, ...tables].some(({ privileges }) =>
      privileges.some(privilege => CREATORS.includes(privilege)),
    ),
  );
  const definer = DEFINERS.find(privilege => server.has(privilege));
  const grantTables = holdings
    .modes(account)
    .flatMap(mode => holdings.held(account, mode, { database: "mysql" }))
    .flatMap(({ privileges }) => privileges.filter(one => one === "INSERT" || one === "UPDATE"));
  const could = (text: string): Way => ({
    kind: "itself",
    certainty: "could",
    reads: true,
    writes: true,
    text,
  });
  return [
    ...TAKING.filter(([privilege]) => server.has(privilege)).map(([, text]) => could(text)),
    ...(definer && creates
      ? [could(`${definer}: it makes code that runs with the rights of any account`)]
      : []),
    ...(grantTables.length > 0
      ? [could(`${[...new Set(grantTables)].join(", ")} on \`mysql\`: it writes the server's own grants`)]
      : []),
    ...account.proxies.map(proxied =>
      could(`PROXY: it acts as ${proxied.user === "" ? "any account" : quoteAccount(proxied)}`),
    ),
  ];
}
