import { setTimeout as sleep } from "node:timers/promises";
import { privilegesOf } from "../../../../core/roster/roster";
import { iamToken, logIn, PASSWORD, rows } from "../../../support/mysql-login";
import { PROBED_PRIVILEGES, prepareDatabases, tryPrivileges } from "../../../support/try-privileges";
import type { FuzzRound } from "./fuzz-round";
import { COLLEAGUES, DATABASES } from "./hostile-statements";

/** Set once a holder of one privilege on a database that gets another one there is reported, too. */
const MORE_ON_THE_SAME_DATABASE_IS_REPORTED = false;

/** Plays the round. @returns what is not as it must be, in words */
export async function outcomeProblems(round: FuzzRound): Promise<string[]> {
  const t = Date.now();
  const mark = (what: string) => process.stdout.write(`${what} ${Date.now() - t}\n`);
  await round.begin();
  mark("begun");
  await round.beforeTheDate();
  mark("before");
  await round.theDate();
  mark("date");
  await round.rollBackPrepared();
  const problems = [
    ...round.problems,
    ...(await sessionProblems(round)),
    ...(await loginProblems(round)),
    ...(await effectProblems(round)),
    ...(await lockProblems(round)),
  ];
  return [...problems, ...(await settledProblems(round))];
}

/** No session of theirs, no prepared transaction. */
async function sessionProblems({ fixture, hostile }: FuzzRound): Promise<string[]> {
  const open = await rows(
    fixture.root,
    "SELECT USER, COMMAND, INFO FROM performance_schema.processlist WHERE USER LIKE 'sl\\_h%'",
  );
  const live = await Promise.all(hostile.map(async one => [one.user, await one.liveSessions()] as const));
  return [
    ...open.map(row => `session after the date: ${JSON.stringify(row)}`),
    ...live
      .filter(([, count]) => count > 0)
      .map(([user, count]) => `${user}: ${count} sessions still answer`),
  ];
}

/** No login of theirs, by token or by a password that they set. */
async function loginProblems({ fixture, hostile }: FuzzRound): Promise<string[]> {
  const tries = hostile.flatMap(({ user }) =>
    [iamToken(fixture.server, user), Promise.resolve(PASSWORD)].map(async secret => {
      const session = await logIn(fixture.server, user, await secret).catch(() => undefined);
      session?.destroy();
      return session ? [`${user} can log in after its date`] : [];
    }),
  );
  return (await Promise.all(tries)).flat();
}

/** No statement of theirs has an effect: neither by itself, nor beyond what their objects may use. */
async function effectProblems(round: FuzzRound): Promise<string[]> {
  const { fixture } = round;
  const { root } = fixture;
  const problems: string[] = [];
  const fresh = new Map(DATABASES.map((database, index) => [database, 1_000_000_007 + index]));
  for (const [database, secret] of fresh)
    await round.sql(`UPDATE ${database}.secret SET a = ${secret}`, `DELETE FROM ${database}.copy`);
  await sleep(1_200);
  const copied = async () => {
    const found: Record<string, unknown>[] = [];
    for (const database of DATABASES)
      found.push(...(await rows(root, `SELECT a, tag, '${database}' AS into_db FROM ${database}.copy`)));
    return found;
  };
  for (const row of await copied()) problems.push(`runs by itself after the date: ${JSON.stringify(row)}`);
  const owned = await ownedObjects(round);
  const enabled = await rows(
    root,
    "SELECT EVENT_SCHEMA, EVENT_NAME, DEFINER FROM information_schema.EVENTS WHERE STATUS = 'ENABLED'",
  );
  for (const event of enabled) problems.push(`enabled event: ${JSON.stringify(event)}`);
  const mayUse = (user: string, database: string) =>
    owned.some(one => one.user === user && one.database === database);
  for (const one of owned.filter(({ use }) => use !== undefined)) {
    const answer = await rows(root, one.use!).catch(() => []);
    const text = JSON.stringify(answer);
    for (const [database, secret] of fresh)
      if (text.includes(String(secret)) && !mayUse(one.user, database))
        problems.push(`${one.kind} of ${one.user} in ${one.database} still reads ${database}: ${one.use}`);
  }
  for (const database of DATABASES)
    await round.sql(`INSERT INTO ${database}.t VALUES (1, 1)`, `DELETE FROM ${database}.t`).catch(() => {});
  for (const { a, into_db, tag } of await copied()) {
    const user = String(tag).split(" ")[0]!;
    const from = [...fresh].find(([, secret]) => Number(a) === secret)?.[0];
    for (const database of [from, into_db as string])
      if (database && !mayUse(user, database))
        problems.push(`an object of ${tag} still uses ${database}: from ${from} into ${into_db}`);
  }
  return problems;
}

interface OwnedObject {
  readonly user: string;
  readonly kind: string;
  readonly database: string;
  readonly name: string;
  /** SQL that runs it with its definer's rights, if others can run it. */
  readonly use: string | undefined;
}

/** The objects of which a hostile account is the definer. */
async function ownedObjects({ fixture }: FuzzRound): Promise<OwnedObject[]> {
  const found = await rows(
    fixture.root,
    `SELECT DEFINER AS d, 'VIEW' AS kind, TABLE_SCHEMA AS db, TABLE_NAME AS name, SECURITY_TYPE AS sec
       FROM information_schema.VIEWS
     UNION ALL SELECT DEFINER, ROUTINE_TYPE, ROUTINE_SCHEMA, ROUTINE_NAME, SECURITY_TYPE
       FROM information_schema.ROUTINES
     UNION ALL SELECT DEFINER, 'TRIGGER', TRIGGER_SCHEMA, TRIGGER_NAME, '' FROM information_schema.TRIGGERS
     UNION ALL SELECT DEFINER, 'EVENT', EVENT_SCHEMA, EVENT_NAME, '' FROM information_schema.EVENTS`,
  );
  return found
    .filter(({ d }) => String(d).startsWith("sl_h"))
    .map(({ d, db, kind, name, sec }) => {
      const quoted = `\`${db}\`.\`${name}\``;
      const uses: Record<string, string> = {
        VIEW: `SELECT * FROM ${quoted}`,
        PROCEDURE: `CALL ${quoted}()`,
        FUNCTION: `SELECT ${quoted}()`,
      };
      return {
        user: String(d).split("@")[0]!,
        kind: String(kind),
        database: String(db),
        name: quoted,
        use: sec === "DEFINER" ? uses[String(kind)] : undefined,
      };
    });
}

/** Nothing of theirs blocks others. */
async function lockProblems(round: FuzzRound): Promise<string[]> {
  const { root } = round.fixture;
  const problems: string[] = [];
  for (const database of DATABASES)
    await round
      .sql(`ALTER TABLE ${database}.t COMMENT 'x'`, `UPDATE ${database}.t SET a = 2`)
      .catch((error: Error) => problems.push(`${database}.t is locked: ${error.message}`));
  for (const lock of ["aurora-users/orders", "mine"])
    if ((await rows(root, `SELECT IS_FREE_LOCK('${lock}') AS free`))[0]!["free"] !== 1)
      problems.push(`${lock} is locked`);
  return problems;
}

/** A person drops their objects; then plan and apply lead to what is declared, and say who else got more. */
async function settledProblems(round: FuzzRound): Promise<string[]> {
  const { fixture } = round;
  const problems: string[] = [];
  const owned = await ownedObjects(round);
  const before = await round.plan();
  const existing = new Set(await fixture.accounts());
  const locked = before.summary.split("locked, not gone: ")[1] ?? "";
  for (const { kind, user } of owned)
    if (!locked.includes(`${user} (`) && !/ and \d+ more/.test(locked))
      problems.push(`${user} owns a ${kind}, and the plan does not say so: ${before.summary}`);
  for (const { user } of round.hostile)
    if (existing.has(user) && !owned.some(one => one.user === user)) problems.push(`${user} still exists`);
  problems.push(...(await strangerProblems(round)));
  for (const { kind, name } of owned) await round.sql(`DROP ${kind} IF EXISTS ${name}`);
  await round.sql("GRANT SELECT ON orders.* TO admin").catch(() => {});
  fixture.pass(60_000);
  const plan = await round.plan();
  await fixture
    .apply("orders", round.roster({ withCid: true }), plan)
    .catch((error: Error) => problems.push(`the last apply fails: ${error.message}`));
  const after = await round.plan();
  if (after.pending !== 0) problems.push(`after the last apply: ${after.summary}: ${after.sql.join("; ")}`);
  const accounts = await fixture.accounts();
  if (accounts.join() !== [...COLLEAGUES].join()) problems.push(`accounts at the end: ${accounts.join()}`);
  return [...problems, ...(await colleagueProblems(round))];
}

/** Everybody else has what is declared, found by trying. */
async function colleagueProblems(round: FuzzRound): Promise<string[]> {
  const { fixture } = round;
  await prepareDatabases(fixture.root, DATABASES);
  const roster = round.roster({ withCid: true });
  const problems: string[] = [];
  for (const user of COLLEAGUES) {
    const declared = Object.entries(roster.accounts[user]!.databases).flatMap(([database, grant]) =>
      PROBED_PRIVILEGES.filter(one => privilegesOf(roster, grant).some(p => p === one)).map(
        one => `${database} ${one}`,
      ),
    );
    const session = await fixture.session(user).catch((error: Error) => error);
    if (session instanceof Error) {
      problems.push(`${user} cannot log in: ${session.message}`);
      continue;
    }
    const held = await tryPrivileges(session, DATABASES);
    session.destroy();
    if ([...held].sort().join() !== declared.sort().join())
      problems.push(`${user} has ${held.join()}, declared is ${declared.join()}`);
  }
  return problems;
}

/** What accounts without the prefix hold in addition is in a plan and in an event. */
async function strangerProblems(round: FuzzRound): Promise<string[]> {
  const events = JSON.stringify(round.fixture.events("drift.detected"));
  const plans = round.plans.join("\n");
  const problems: string[] = [];
  for (const [account, grants] of await round.strangers()) {
    const before = round.strangersBefore.get(account) ?? [];
    for (const grant of grants.filter(one => !before.includes(one))) {
      const expected = linesFor(account, grant, before);
      for (const line of expected) {
        if (!plans.includes(line)) problems.push(`no plan says "${line}": ${grant}`);
        if (!events.includes(line)) problems.push(`no event says "${line}": ${grant}`);
      }
    }
  }
  return problems;
}

/** What plan and event must say about a new line of SHOW GRANTS. */
function linesFor(account: string, grant: string, before: readonly string[]): string[] {
  const [, what, on] = /^GRANT (.*?) ON (.*?) TO /.exec(grant) ?? [];
  if (what === "PROXY") return [`${account} can act as ${on!.replaceAll("`", "'")}`];
  if (what === undefined) return [`${account} reaches orders`];
  const database = on === "*.*" ? "*.*" : /`(.*?)`/.exec(on!)![1]!;
  const same = before.filter(line => line.includes(on!));
  const isOption = grant.endsWith("WITH GRANT OPTION");
  const hadOption = same.some(line => line.endsWith("WITH GRANT OPTION"));
  const reached = before.some(line => line.includes(` ON \`${database}\`.`));
  return [
    ...(isOption && !hadOption ? [`${account} can grant on ${database}`] : []),
    ...(what !== "USAGE" && (!reached || MORE_ON_THE_SAME_DATABASE_IS_REPORTED)
      ? [`${account} reaches ${database}`]
      : []),
  ];
}
