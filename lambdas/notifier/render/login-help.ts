import { oneLine } from "./plain-text";

/** How to log in, as templates see it. */
export interface LoginHelp {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  /** A shell command that puts a token into MYSQL_PWD. Its lines can be pasted together. */
  readonly tokenCommand: string;
  /** A shell command that logs in. */
  readonly mysqlCommand: string;
  /** The lines of the two commands. */
  readonly tokenLines: readonly string[];
  readonly mysqlLines: readonly string[];
}

/**
 * The two commands of the README, for one account. Every value is one word to a POSIX shell, whatever it
 * holds.
 */
export function loginHelp(account: string, login: { host: string; port: number; region: string }): LoginHelp {
  const [host, user, region] = [login.host, account, login.region].map(value => shellWord(oneLine(value)));
  const tokenLines = [
    'export MYSQL_PWD="$(npx aurora-users token \\',
    `  --host ${host} \\`,
    `  --port ${login.port} --user ${user} --region ${region})"`,
  ];
  const mysqlLines = [
    `mysql --host=${host} \\`,
    `  --port=${login.port} --user=${user} \\`,
    "  --ssl-mode=VERIFY_IDENTITY --ssl-ca=global-bundle.pem \\",
    "  --enable-cleartext-plugin",
  ];
  return {
    host: oneLine(login.host),
    port: login.port,
    region: oneLine(login.region),
    tokenCommand: tokenLines.join("\n"),
    mysqlCommand: mysqlLines.join("\n"),
    tokenLines,
    mysqlLines,
  };
}

/** One word of a POSIX shell: in single quotes if it has a character that a shell interprets. */
const shellWord = (value: string): string =>
  /^[\w.:@%+=,/-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
