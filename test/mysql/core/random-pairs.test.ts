import fc from "fast-check";
import type { Connection } from "mysql2/promise";
import { lowerName } from "../../../core/catalogue/lower-case";
import { assembleStatements, quoteAccount, quoteText, type StatementsPlan } from "../../../core/mysql";
import { fillPasswords, type KnownPassword, needsPassword } from "../../../core/mysql/password-login";
import { hostsOf } from "../../../core/roster/account-hosts";
import type { Roster } from "../../../core/roster/roster";
import { connectMySql } from "../../../lambdas/reconciler/mysql/connect-mysql";
import type { MySqlSession } from "../../../lambdas/reconciler/mysql/mysql-session";
import { observe } from "../../../lambdas/reconciler/mysql/observe";
import { type MySqlServer, startMySql } from "../../../local/mysql/start-mysql";
import { CAPITALS, DATABASES, OWN_ROLE, rosterOn } from "../../support/arbitraries";
import { EVERYBODYS_ROLE, handMadeOn } from "../../support/hand-made";
import { IS_WHOLE } from "../../support/hostile-strings";
import { asRoot, column, iamToken, logIn, PASSWORD, rows, TEST_KEY } from "../../support/mysql-login";
import { passwordCredentials, registryEntry } from "../../support/registry";
import { prepareDatabases, tryPrivileges } from "../../support/try-privileges";
import {
  current,
  declared,
  expectedGrants,
  expectedLogin,
  expectedRoles,
  NOW,
  normalised,
  type ServerOptions,
} from "./expected-access";

const RUNS = Number(process.env["RANDOM_PAIRS"] ?? (IS_WHOLE ? 100 : 40));
/** A failure, and the title, say it. Another one each time, unless somebody names one. */
const SEED = Number(process.env.RANDOM_SEED ?? Date.now() % 2 ** 31);
/** One run in so many also logs in after every single statement. */
const SAMPLE = 20;

/** What Secrets Manager has for each service. */
const OF_SERVICES = "Of-a-secret-1";
/** Some match databases whose names differ in one character, and some those with quotes. */
const PATTERNS = ["app%", "app_prod", "a\\_%", "a_b", "o`r'_", "%rd%"];

const servers: [name: string, options: ServerOptions][] = [
  ["partial_revokes ON", { partialRevokes: true }],
  ["partial_revokes OFF", { partialRevokes: false }],
  [
    "partial_revokes ON, lower_case_table_names 1 and a sql_mode of ANSI_QUOTES,NO_BACKSLASH_ESCAPES",
    { partialRevokes: true, lowerCaseTableNames: 1, sqlMode: "ANSI_QUOTES,NO_BACKSLASH_ESCAPES" },
  ],
];

describe.each(servers)("random pairs of roster and hand-made cluster, %s", (_name, options) => {
  const isCaseless = options.lowerCaseTableNames === 1;
  const granted: readonly string[] = isCaseless ? CAPITALS : DATABASES;
  // Some differ from a granted name in the one character that is an `_` there.
  const all = [...granted, isCaseless ? "straẞeXσ" : "aXb"];
  // Names in grants are patterns where partial_revokes is OFF.
  const drawn = { passwords: true, patterns: options.partialRevokes ? [] : PATTERNS };
  const byHand = isCaseless ? [...granted, ...granted.map(lowerName)] : granted;
  let server: MySqlServer;
  let root: Connection;
  let session: MySqlSession;

  beforeAll(async () => {
    server = await startMySql(options);
    await server.allowKeys([TEST_KEY]);
    root = await asRoot(server);
    await root.query("SET sql_mode = ''");
    await prepareDatabases(root, all);
    await root.query(`CREATE ROLE app_role, app_nested, ${EVERYBODYS_ROLE}, ${OWN_ROLE}`);
    await root.query("GRANT app_role TO app_nested");
    await root.query("GRANT SELECT, DELETE ON orders.* TO app_role");
    await root.query(`CREATE USER slack_bot@'%' IDENTIFIED BY '${PASSWORD}'`);
    await root.query("GRANT SELECT ON orders.* TO slack_bot@'%'");
    await root.query("GRANT app_role TO slack_bot@'%'");
    session = await connectMySql(registryEntry(server), {
      credentials: passwordCredentials(server),
      caBundle: server.ca,
      bulkRead: true,
      connectTimeoutMs: 5_000,
    });
  }, 180_000);

  afterAll(async () => {
    session?.destroy();
    root?.destroy();
    await server?.stop();
  });

  const managed = () =>
    rows(
      root,
      "SELECT User AS user, Host AS host FROM mysql.user WHERE LEFT(User, 3) = BINARY 'sl_' ORDER BY 1, 2",
    ) as Promise<{ user: string; host: string }[]>;

  const describeAccount = async (account: { user: string; host: string }) => [
    ...(await column(root, `SHOW CREATE USER ${quoteAccount(account)}`)),
    ...(await column(root, `SHOW GRANTS FOR ${quoteAccount(account)}`)).sort(),
  ];

  /** What a login of the account has to keep to, as the server stores it. */
  const loginOf = async (user: string, host: string) =>
    Object.values(
      (
        await rows(
          root,
          `SELECT account_locked, ssl_type, CAST(x509_subject AS CHAR), max_questions, max_updates, max_connections, max_user_connections FROM mysql.user WHERE Host = ${quoteText(host)} AND User = ${quoteText(user)}`,
        )
      )[0]!,
    );

  async function reset(statements: readonly string[]) {
    await root.query("SET GLOBAL mandatory_roles = ''");
    for (const account of await managed()) await root.query(`DROP USER ${quoteAccount(account)}`);
    for (const sql of statements) await root.query(sql).catch(() => {});
  }

  async function plan(
    roster: Roster,
    passwords: ReadonlyMap<string, KnownPassword> = new Map(),
  ): Promise<StatementsPlan> {
    const { observed, administrator } = await observe(session, { prefix: "sl" }, { rosters: [roster] });
    return assembleStatements({
      passwords,
      roster,
      observed,
      administrator,
      now: NOW,
      prefix: "sl",
      unmanaged: "remove",
      definers: "block",
      previouslyDeclared: [],
      onlyCreate: false,
    });
  }

  /** What the ledger knows after a run that set all passwords. */
  async function knownPasswords(): Promise<Map<string, KnownPassword>> {
    const found = await rows(
      root,
      "SELECT User AS user, Host AS host, UNIX_TIMESTAMP(password_last_changed) AS changed FROM mysql.user",
    );
    return new Map(
      (found as unknown as { user: string; host: string; changed: number }[]).map(
        ({ changed, ...account }) => [quoteAccount(account), { changed: Number(changed) }],
      ),
    );
  }

  /** What every account with the prefix can really do, by logging in. Nothing for one that cannot. */
  async function access(
    users: readonly string[],
    secretsOf = async (user: string) => [await iamToken(server, user), PASSWORD, OF_SERVICES],
  ): Promise<Map<string, Set<string>>> {
    const result = new Map<string, Set<string>>();
    for (const user of users) {
      const held = new Set<string>();
      for (const secret of await secretsOf(user)) {
        const connection = await logIn(server, user, secret).catch(() => undefined);
        if (!connection) continue;
        for (const one of await tryPrivileges(connection, all)) held.add(one);
        connection.destroy();
        break;
      }
      result.set(user, held);
    }
    return result;
  }

  it(`reaches exactly the roster from ${RUNS} clusters, then has nothing to do (RANDOM_SEED=${SEED})`, async () => {
    const before = await describeAccount({ user: "slack_bot", host: "%" });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(rosterOn(granted, drawn), handMadeOn(byHand), async (roster, handMade) => {
        const sample = run++ % SAMPLE === 0;
        await reset(handMade);
        const [mandatory] = await column(root, "SELECT @@GLOBAL.mandatory_roles");
        /** Whether every account has each of the roles, as SQL lists them. */
        const areMandatory = (roles: string) =>
          roles.split(",").every(role => mandatory!.split(",").includes(role.split("`")[1]!));
        const isMandatory = (grant: string) => areMandatory(/^GRANT (\S+) TO /.exec(grant)?.[1] ?? "");
        const kept = (await managed()).filter(a => a.host === "%" && mandatory!.split(",").includes(a.user));
        const users = [
          ...new Set([...(await managed()).map(a => a.user), ...Object.keys(roster.accounts)]),
        ].sort();
        const old = sample ? await access(users) : undefined;
        // What cannot be revoked from a mandatory role, everybody keeps; a note names it.
        const everybody =
          sample && kept.length > 0 ? (await access(["slack_bot"])).get("slack_bot") : undefined;

        const { notes, statements, problems } = await plan(roster);
        expect(problems).toEqual([]);
        const isDeclaredAt = ({ host, user }: { user: string; host: string }) =>
          roster.accounts[user] !== undefined && hostsOf(roster.accounts[user]).includes(host);
        // Who is created again, or gets another login: not who is only unlocked, or dropped at another host.
        const wiped = new Set(
          statements
            .filter(s => /^(DROP USER|ALTER USER)/.test(s.sql) && !s.sql.endsWith(" ACCOUNT UNLOCK"))
            .flatMap(s => s.accounts.filter(a => !s.sql.startsWith("DROP") || isDeclaredAt(a)))
            .map(a => a.user),
        );
        const steps: { sql: string; access: Map<string, Set<string>> }[] = [];
        for (const { sql } of statements) {
          await session.query(needsPassword(sql) ? fillPasswords(sql, () => OF_SERVICES) : sql);
          if (sample) steps.push({ sql, access: await access(users) });
        }

        // Read back independently: by SHOW GRANTS and SHOW CREATE USER, as root.
        const expected = users.filter(user => current(roster, user).length > 0);
        expect((await managed()).map(a => `${a.user}@${a.host}`).sort()).toEqual(
          [
            ...expected.flatMap(user => hostsOf(roster.accounts[user]!).map(host => `${user}@${host}`)),
            ...kept.map(a => `${a.user}@%`),
          ].sort(),
        );
        const accounts = expected.flatMap(user =>
          hostsOf(roster.accounts[user]!).map(host => ({ user, host })),
        );
        for (const { host, user } of accounts) {
          const [createUser, ...grants] = await describeAccount({ user, host });
          // A default role is listed twice for a name outside ASCII whose account was dropped before.
          const withoutMandatory = (roles: string) => [
            ...new Set(roles.split(",").filter(one => one !== "" && !areMandatory(one))),
          ];
          const defaults = /DEFAULT ROLE (\S+) /.exec(createUser!)?.[1] ?? "";
          expect([user, withoutMandatory(defaults)]).toEqual([user, expectedRoles(roster, user)]);
          const shown = createUser!.replace(`DEFAULT ROLE ${defaults} `, "");
          const account = roster.accounts[user]!;
          expect(shown).toMatch(
            account.login
              ? /IDENTIFIED WITH .caching_sha2_password. AS .* REQUIRE \S.* (WITH (MAX_\w+ \d+ )+)?PASSWORD EXPIRE NEVER ACCOUNT (UNL|L)OCK/s
              : /IDENTIFIED WITH .AWSAuthenticationPlugin. AS 'RDS' REQUIRE \S.* (WITH (MAX_\w+ \d+ )+)?PASSWORD EXPIRE DEFAULT ACCOUNT (UNL|L)OCK/,
          );
          expect([user, await loginOf(user, host)]).toEqual([user, expectedLogin(account)]);
          // PROXY cannot be revoked by this administrator, and a login by IAM token does not use it.
          const counted = grants
            .filter(grant => !grant.startsWith("GRANT PROXY ") && !isMandatory(grant))
            .map(grant =>
              grant.replace(
                /^GRANT (`\S+`) TO /,
                (_, roles: string) => `GRANT ${withoutMandatory(roles).join(",")} TO `,
              ),
            );
          expect(counted.map(normalised).sort()).toEqual(expectedGrants(roster, user, options));
        }
        // A mandatory role that nobody declared is not dropped: it is locked, with what cannot be revoked.
        for (const account of kept) {
          const [createUser, ...grants] = await describeAccount(account);
          expect(createUser).toContain("ACCOUNT LOCK");
          const remaining = grants.filter(
            grant => !isMandatory(grant) && !/^GRANT (USAGE|PROXY) /.test(grant),
          );
          if (remaining.length > 0) expect(notes.join()).toContain("It also keeps what cannot be revoked");
        }
        expect((await plan(roster, await knownPasswords())).statements).toEqual([]);
        await root.query("SET GLOBAL mandatory_roles = ''");
        expect(await describeAccount({ user: "slack_bot", host: "%" })).toEqual(before);

        if (sample) {
          // No other login works: no token where a password is declared, and no password of before.
          const reached = await access(users, async user => [
            roster.accounts[user]?.login ? OF_SERVICES : await iamToken(server, user),
          ]);
          const otherwise = await access(users, async user => [
            ...(roster.accounts[user]?.login ? [await iamToken(server, user)] : [OF_SERVICES]),
            PASSWORD,
          ]);
          expect([...otherwise].filter(([, held]) => held.size > 0)).toEqual([]);
          for (const user of users) {
            const wanted = new Set(declared(roster, user, all));
            // REVOKE on a table takes the same from its columns, until one of the next statements.
            const steady = declared(roster, user, all, part => part.object?.columns === undefined);
            expect([user, [...reached.get(user)!]]).toEqual([user, [...wanted]]);
            for (const step of steps) {
              const now = step.access.get(user)!;
              const tooMuch = [...now].filter(
                p => !old!.get(user)!.has(p) && !wanted.has(p) && !everybody?.has(p),
              );
              const lost = wiped.has(user) ? [] : steady.filter(p => old!.get(user)!.has(p) && !now.has(p));
              expect({ after: step.sql, user, tooMuch, lost }).toEqual({
                after: step.sql,
                user,
                tooMuch: [],
                lost: [],
              });
            }
          }
        }
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: false },
    );
  }, 1_800_000);
});
