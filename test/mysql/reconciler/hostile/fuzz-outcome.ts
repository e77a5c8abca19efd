import { setTimeout as sleep } from "node:timers/promises";
import { privilegesOf } from "../../../../core/roster/roster";
import { iamToken, logIn, PASSWORD, rows } from "../../../support/mysql-login";
import { PROBED_PRIVILEGES, prepareDatabases, tryPrivileges } from "../../../support/try-privileges";
import type { FuzzRound } from "./fuzz-round";
import { strangerProblems } from "./fuzz-strangers";
import { COLLEAGUES, DATABASES } from "./hostile-statements";
import { restoreAdministrator } from "./restore-administrator";

/** Plays the round. @returns what is not as it must be, in words */
export async function outcomeProblems(round: FuzzRound): Promise<string[]> {
  await round.begin();
  await round.beforeTheDate();
  await round.theDate();
  await round.rollBackPrepared();
  const problems = [
    ...(await sessionProblems(round)),
    ...(await loginProblems(round)),
    ...(await handsOnProblems(round)),
    ...expiryProblems(round),
    ...(await effectProblems(round)),
    ...(await lockProblems(round)),
  ];
  problems.push(...(await settledProblems(round)));
  return [...round.problems, ...problems];
}

/** No session of theirs. */
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

/** No login of theirs, by token or by password. */
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

/** No account with the prefix can hand on access. */
async function handsOnProblems({ fixture }: FuzzRound): Promise<string[]> {
  const sql = ["user", "db"].map(
    table => `SELECT User FROM mysql.${table} WHERE Grant_priv = 'Y' AND User LIKE 'sl\\_%'`,
  );
  const able = await rows(fixture.root, sql.join(" UNION "));
  return able.map(({ User }) => `${User} can hand on access`);
}

/** An event says of each that its access ended. */
function expiryProblems({ fixture, hostile }: FuzzRound): string[] {
  const expired = fixture.accountsOf("access.expired");
  return hostile
    .filter(({ user }) => !expired.includes(user))
    .map(({ user }) => `${user}: no access.expired`);
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
  const enabled = owned.filter(({ status }) => status === "ENABLED");
  for (const { name, user } of enabled) problems.push(`the event ${name} of ${user} is enabled`);
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
  /** Of an event. */
  readonly status: string;
  /** SQL that runs it with its definer's rights, if others can run it. */
  readonly use: string | undefined;
}

/**
 * The objects of which a hostile account is the definer. Not those whose definer is gone, which do not run: a
 * statement that waited for a lock can create one after its account was dropped.
 */
async function ownedObjects(round: FuzzRound): Promise<OwnedObject[]> {
  const existing = await round.fixture.accounts("sl\\_h%");
  return (await objectsOf(round)).filter(({ user }) => existing.includes(user));
}

async function objectsOf({ fixture }: FuzzRound): Promise<OwnedObject[]> {
  const found = await rows(
    fixture.root,
    `SELECT DEFINER AS d, 'VIEW' AS kind, TABLE_SCHEMA AS db, TABLE_NAME AS name, SECURITY_TYPE AS sec,
         '' AS status
       FROM information_schema.VIEWS
     UNION ALL SELECT DEFINER, ROUTINE_TYPE, ROUTINE_SCHEMA, ROUTINE_NAME, SECURITY_TYPE, ''
       FROM information_schema.ROUTINES
     UNION ALL SELECT DEFINER, 'TRIGGER', TRIGGER_SCHEMA, TRIGGER_NAME, '', '' FROM information_schema.TRIGGERS
     UNION ALL SELECT DEFINER, 'EVENT', EVENT_SCHEMA, EVENT_NAME, '', STATUS FROM information_schema.EVENTS`,
  );
  return found
    .filter(({ d }) => String(d).startsWith("sl_h"))
    .map(({ d, db, kind, name, sec, status }) => {
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
        status: String(status),
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
  const { pending, sql, summary } = await round.plan();
  if (round.isRepairing && pending > 0 && COLLEAGUES.some(user => sql.join().includes(`'${user}'`)))
    problems.push(`a run that repairs leaves: ${sql.join("; ")}`);
  const locked = summary.split("locked, not gone: ")[1] ?? "";
  const owned = await ownedObjects(round);
  for (const { kind, user } of owned)
    if (!locked.includes(`${user} (`) && !/ and \d+ more/.test(locked))
      problems.push(`${user} owns a ${kind}, and the plan does not say so: ${summary}`);
  for (const user of await fixture.accounts())
    if (user.startsWith("sl_h") && !owned.some(one => one.user === user))
      problems.push(`${user} still exists`);
  problems.push(...(await strangerProblems(round)));
  for (const { kind, name } of await objectsOf(round)) await round.sql(`DROP ${kind} IF EXISTS ${name}`);
  await restoreAdministrator(fixture.root);
  fixture.pass(60_000);
  const plan = await round.plan();
  await fixture
    .apply("orders", round.roster({ withCid: true }), plan)
    .catch((error: Error) => problems.push(`the last apply fails: ${error.message}`));
  const after = await round.plan();
  if (after.pending !== 0) problems.push(`after the last apply: ${after.summary}: ${after.sql.join("; ")}`);
  const accounts = await fixture.accounts();
  if (accounts.join() !== COLLEAGUES.join()) problems.push(`accounts at the end: ${accounts.join()}`);
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
