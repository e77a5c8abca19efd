import { oneLine } from "./plain-text";

/** How to log in, as templates see it. */
export interface LoginHelp {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  /** A shell command that puts a token into MYSQL_PWD. Its lines can be pasted together. */
  readonly tokenCommand: string;
  /** A shell command that logs in, for MySQL's client. */
  readonly mysqlCommand: string;
  /** The same for MariaDB's client, which Debian, Ubuntu and Amazon Linux call `mysql`, too. */
  readonly mariadbCommand: string;
  /** Both steps for PowerShell. */
  readonly powershellCommand: string;
  /** The lines of the commands. */
  readonly tokenLines: readonly string[];
  readonly mysqlLines: readonly string[];
  readonly mariadbLines: readonly string[];
  readonly powershellLines: readonly string[];
}

/**
 * The commands of the README, for one account. Every value is one word to a POSIX shell or to PowerShell,
 * whatever it holds.
 */
export function loginHelp(account: string, login: { host: string; port: number; region: string }): LoginHelp {
  const [host, user, region] = [login.host, account, login.region].map(value => shellWord(oneLine(value)));
  const tokenLines = [
    'export MYSQL_PWD="$(npx --no aurora-users token \\',
    `  --host ${host} \\`,
    `  --port ${login.port} --user ${user} --region ${region})"`,
  ];
  const where = (client: string) => [
    `${client} --host=${host} \\`,
    `  --port=${login.port} --user=${user} \\`,
  ];
  const mysqlLines = [
    ...where("mysql"),
    "  --ssl-mode=VERIFY_IDENTITY --ssl-ca=global-bundle.pem \\",
    "  --enable-cleartext-plugin",
  ];
  const mariadbLines = [...where("mariadb"), "  --ssl-verify-server-cert --ssl-ca=global-bundle.pem"];
  const powershellLines = powershell({ host: login.host, user: account, region: login.region }, login.port);
  return {
    host: oneLine(login.host),
    port: login.port,
    region: oneLine(login.region),
    tokenCommand: tokenLines.join("\n"),
    mysqlCommand: mysqlLines.join("\n"),
    mariadbCommand: mariadbLines.join("\n"),
    powershellCommand: powershellLines.join("\n"),
    tokenLines,
    mysqlLines,
    mariadbLines,
    powershellLines,
  };
}

/** The two steps for PowerShell, with MySQL's client. A backquote at the end of a line continues it. */
function powershell(named: Readonly<Record<"host" | "user" | "region", string>>, port: number): string[] {
  const option = (name: string, value: string) => powershellWord(`--${name}=${oneLine(value)}`);
  const { host, region, user } = named;
  return [
    "$env:MYSQL_PWD = npx --no aurora-users token `",
    `  ${option("host", host)} \``,
    `  --port=${port} ${option("user", user)} ${option("region", region)}`,
    `mysql ${option("host", host)} \``,
    `  --port=${port} ${option("user", user)} \``,
    "  --ssl-mode=VERIFY_IDENTITY --ssl-ca=global-bundle.pem `",
    "  --enable-cleartext-plugin",
  ];
}

/** One word of PowerShell, in single quotes, in which only they are special. Some quotes are typographic. */
const powershellWord = (value: string): string =>
  /^[\w.:@%+=/-]+$/.test(value) ? value : `'${value.replaceAll(/['\u2018-\u201b]/g, "$&$&")}'`;

/** One word of a POSIX shell: in single quotes if it has a character that a shell interprets. */
const shellWord = (value: string): string =>
  /^[\w.:@%+=,/-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
