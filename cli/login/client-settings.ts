import { nearestHint } from "../../core/users/nearest";
import { UsageError } from "../terminal/errors";

const CLIENTS = ["workbench", "dbeaver", "datagrip", "env"] as const;
export type SettingsClient = (typeof CLIENTS)[number];

/** The client that an option names. @throws UsageError */
export function settingsClient(text: string): SettingsClient {
  const found = CLIENTS.find(client => client === text);
  if (found === undefined)
    throw new UsageError(`\`--client\` cannot be "${text}"; ${nearestHint(text, CLIENTS, "")}`);
  return found;
}

/** What a client needs to know. */
export interface ClientConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string | undefined;
  readonly password: string;
  /** The root certificates' file; undefined for a proxy on loopback, which has no TLS. */
  readonly caFile: string | undefined;
}

/** How long a query may run, in ms, where the client can say it. */
const QUERY_LIMIT = 300_000;

/** Where the settings come from. None of these clients was run for this package. */
const SOURCES: Readonly<Record<Exclude<SettingsClient, "env">, readonly string[]>> = {
  workbench: ["https://dev.mysql.com/doc/workbench/en/wb-mysql-connections-methods-standard.html"],
  dbeaver: [
    "https://dbeaver.com/docs/dbeaver/SSL-Configuration/",
    "https://dev.mysql.com/doc/connector-j/en/connector-j-connp-props-security.html",
  ],
  datagrip: [
    "https://www.jetbrains.com/help/datagrip/configuring-ssh-and-ssl.html",
    "https://dev.mysql.com/doc/connector-j/en/connector-j-connp-props-security.html",
  ],
};

/** The settings of a client, filled in, as lines. Those of `env` are for a shell. */
export function clientSettings(client: SettingsClient, connection: ClientConnection): string[] {
  if (client === "env") return environment(connection);
  const { caFile, database, host, password, port, user } = connection;
  const rows: [name: string, value: string][] = [
    ["host", host],
    ["port", `${port}`],
    ["user", user],
    ["password", password],
    ...(database === undefined ? [] : [["database", database] as [string, string]]),
    ...(client === "workbench" ? workbench(caFile) : jdbc(client, connection)),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    "",
    ...SOURCES[client].map(source => `From ${source} (not run)`),
  ];
}

function workbench(caFile: string | undefined): [string, string][] {
  const limit: [string, string] = [
    "Preferences > SQL Editor > DBMS connection read timeout",
    `${QUERY_LIMIT / 1000}`,
  ];
  if (caFile === undefined) return [["SSL > Use SSL", "No"], limit];
  return [
    ["SSL > Use SSL", "Require and Verify Identity"],
    ["SSL > SSL CA File", caFile],
    ["Advanced > Enable Cleartext Authentication Plugin", "on"],
    limit,
  ];
}

/** Connector/J sends a token by itself, within TLS. */
function jdbc(
  client: "dbeaver" | "datagrip",
  { caFile, database = "", host, port }: ClientConnection,
): [string, string][] {
  const mode = caFile === undefined ? "DISABLED" : "VERIFY_IDENTITY";
  const parameters = new URLSearchParams({
    sslMode: mode,
    sessionVariables: `max_execution_time=${QUERY_LIMIT}`,
  });
  const url = `jdbc:mysql://${host}:${port}/${encodeURIComponent(database)}?${parameters}`;
  const file = client === "dbeaver" ? "SSL > CA Certificate" : "SSH/SSL > CA file";
  return [["URL", url], ...(caFile === undefined ? [] : [[file, caFile] as [string, string]])];
}

/** The client verifies the server. Not by variables: then any other call could send the token in clear. */
const VERIFIED_MYSQL =
  'mysql --host="$MYSQL_HOST" --port="$MYSQL_TCP_PORT" --user="$MYSQL_USER" --ssl-mode=VERIFY_IDENTITY ' +
  '--ssl-ca="$MYSQL_SSL_CA" --enable-cleartext-plugin';

/** Assignments for a shell: `eval "$(...)"`. For a token, the last line is a comment: the command. */
function environment({ caFile, database, host, password, port, user }: ClientConnection): string[] {
  const values: Readonly<Record<string, string | undefined>> = {
    MYSQL_HOST: host,
    MYSQL_TCP_PORT: `${port}`,
    MYSQL_USER: user,
    MYSQL_DATABASE: database,
    MYSQL_PWD: password,
    MYSQL_SSL_CA: caFile,
  };
  const assignments = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`export ${name}=${shellQuoted(value)}`],
  );
  return caFile === undefined ? assignments : [...assignments, `# ${VERIFIED_MYSQL}`];
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
