import type { SoakServer } from "./soak-server";

type Row = Readonly<Record<string, unknown>>;

/** An account as the server's tables have it. */
export interface StoredAccount {
  readonly user: Row;
  /** All of its rows, as text, without times, passwords and who granted. */
  readonly rows: readonly string[];
}

/** The tables, and the columns that name the account. */
const TABLES: readonly (readonly [table: string, user: string, host: string])[] = [
  ["user", "User", "Host"],
  ["db", "User", "Host"],
  ["tables_priv", "User", "Host"],
  ["columns_priv", "User", "Host"],
  ["procs_priv", "User", "Host"],
  ["global_grants", "USER", "HOST"],
  ["role_edges", "TO_USER", "TO_HOST"],
  ["default_roles", "USER", "HOST"],
  ["proxies_priv", "User", "Host"],
];

/** The accounts with the prefix, by `user@host`, read from the server's own tables. */
export async function readAccounts(
  server: SoakServer,
  prefix: string,
): Promise<ReadonlyMap<string, StoredAccount>> {
  const begin = `${prefix}_`;
  const found = new Map<string, { user: Row; rows: string[] }>();
  for (const [table, user, host] of TABLES) {
    const where = `WHERE LEFT(${user}, ${begin.length}) = BINARY '${begin}'`;
    for (const row of await server.rows(`SELECT * FROM mysql.${table} ${where}`)) {
      const key = `${row[user]}@${row[host]}`;
      const account = found.get(key) ?? { user: {}, rows: [] };
      if (table === "user") account.user = row;
      account.rows.push(`${table} ${JSON.stringify(row, (name, value) => shown(name, value))}`);
      found.set(key, account);
    }
  }
  for (const { rows } of found.values()) rows.sort();
  return found;
}

/** What is granted to the account, as one text without the account's own host. */
export const grantsOf = (account: StoredAccount | undefined): string =>
  (account?.rows ?? [])
    .filter(row => !row.startsWith("user "))
    .map(row => row.replace(/"(Host|HOST|TO_HOST)":"[^"]*"/, ""))
    .join("\n    ");

const LEFT_OUT = new Set(["password_last_changed", "Timestamp", "Grantor"]);

function shown(name: string, value: unknown): unknown {
  if (LEFT_OUT.has(name)) return undefined;
  // Of a password, whether there is one.
  if (name === "authentication_string") return value === "RDS" ? value : String(value).length > 0;
  if (name === "additional_password") return "a second password";
  if (value instanceof Object && "type" in value && value.type === "Buffer")
    return Buffer.from((value as unknown as { data: number[] }).data).toString();
  return value;
}

/** Whether the rows of these accounts are the same in both. @param names user names; absent: all */
export function differences(
  one: ReadonlyMap<string, StoredAccount>,
  other: ReadonlyMap<string, StoredAccount>,
  names?: ReadonlySet<string>,
): string[] {
  const keys = [...new Set([...one.keys(), ...other.keys()])].sort();
  return keys
    .filter(key => names === undefined || names.has(key.slice(0, key.lastIndexOf("@"))))
    .flatMap(key => {
      const [left, right] = [one.get(key)?.rows ?? [], other.get(key)?.rows ?? []];
      const more = left.filter(row => !right.includes(row)).map(row => `- ${row}`);
      const less = right.filter(row => !left.includes(row)).map(row => `+ ${row}`);
      return more.length + less.length > 0 ? [[key, ...more, ...less].join("\n    ")] : [];
    });
}
