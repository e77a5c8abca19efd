import type { Statement } from "../../../../core/mysql";
import type { MySqlSession } from "../../../../lambdas/reconciler/mysql/mysql-session";
import { runStatements, succeeded } from "../../../../lambdas/reconciler/mysql/run-statements";
import {
  AccountSecretError,
  DatabaseError,
  DatabaseUnreachableError,
} from "../../../../lambdas/reconciler/runtime/errors";

const statement = (verb: string, users: readonly string[], removes = false): Statement => ({
  sql: `${verb} ${users.join(", ")}`,
  accounts: users.map(user => ({ user, host: "%" })),
  why: "",
  removes,
  isNeeded: false,
  each: users.map(user => `${verb} ${user}`),
});

/** A server that refuses what `refuse` has an error for, and keeps what was sent. */
function fakeSession(refuse: Readonly<Record<string, number | Error>>) {
  const sent: string[] = [];
  let destroyed = false;
  const session: MySqlSession = {
    id: 1,
    server: "a-1",
    user: "admin",
    queryAll: async () => [],
    close: async () => {},
    destroy: () => {
      destroyed = true;
    },
    query: async sql => {
      sent.push(sql);
      const error = refuse[sql];
      if (typeof error === "number") throw new DatabaseError(error, "ER_TEST", "refused");
      if (error) throw error;
      return [];
    },
  };
  return { session, sent, isDestroyed: () => destroyed };
}

const forever = { left: () => 60_000 };
const outcomes = (results: readonly { sql: string; outcome: string }[]) =>
  results.map(({ sql, outcome }) => `${sql}: ${outcome}`);

describe("runStatements", () => {
  it.each([
    ["the secret cannot be read", { fill: async () => Promise.reject(new AccountSecretError("denied")) }, {}],
    ["the server refuses it", undefined, { "RESET a": 3638 }],
  ])("does not discard a second password after one that was not set, since %s", async (_, fills, refuse) => {
    const { session, sent } = fakeSession(refuse);
    const fill = async (sql: string) =>
      fills && sql === "RESET a" ? fills.fill() : { sql, passwords: [] as string[] };
    const statements = [statement("RESET", ["a"], true), statement("DISCARD", ["a", "b"])];
    const { results } = await runStatements(session, statements, forever, { fill });
    expect(outcomes(results)).toEqual(["RESET a: failed", "DISCARD a: skipped", "DISCARD b: done"]);
    expect(sent.filter(sql => sql.startsWith("DISCARD"))).toEqual(["DISCARD b"]);
  });

  it("runs in order and sets the lock waits only when they change", async () => {
    const { session, sent } = fakeSession({});
    const report = await runStatements(
      session,
      [statement("CREATE", ["a", "b"]), statement("GRANT", ["a"])],
      forever,
    );
    expect(sent).toEqual([
      "SET SESSION lock_wait_timeout = 30, innodb_lock_wait_timeout = 30",
      "CREATE a, b",
      "GRANT a",
    ]);
    expect(succeeded(report)).toBe(true);
  });

  it("keeps the lock waits below the remaining time, and stops before it is over", async () => {
    let left = 10_000;
    const { session, sent } = fakeSession({});
    const deadline = {
      left: () => {
        left -= 4_500;
        return left;
      },
    };
    const report = await runStatements(
      session,
      [statement("GRANT", ["a"]), statement("GRANT", ["b"])],
      deadline,
    );
    expect(sent).toEqual(["SET SESSION lock_wait_timeout = 5, innodb_lock_wait_timeout = 5", "GRANT a"]);
    expect(report.stopped).toBe("the function's time is up");
    expect(outcomes(report.results)).toEqual(["GRANT a: done", "GRANT b: skipped"]);
  });

  it("runs a refused group account by account, and from then on runs revocations first if no earlier statement of the account waits", async () => {
    const { session, sent } = fakeSession({ "GIVE a, b": 1410, "GIVE b": 1410 });
    const statements = [
      statement("GIVE", ["a", "b"]),
      statement("REVOKE", ["b", "c"], true),
      statement("REVOKE", ["d"], true),
      statement("NEW", ["a", "b", "d"]),
    ];
    const report = await runStatements(session, statements, forever);
    expect(sent.slice(1)).toEqual([
      "GIVE a, b",
      "REVOKE d",
      "GIVE a",
      "GIVE b",
      "REVOKE b, c",
      "NEW a",
      "NEW d",
    ]);
    expect(outcomes(report.results)).toContain("NEW b: skipped");
    expect(succeeded(report)).toBe(false);
  });

  it("counts only a revocation of something that does not exist as done", async () => {
    const { session } = fakeSession({ "DROP a": 1396, "CREATE b": 1396, "ALTER USER c": 1396 });
    const statements = [
      statement("DROP", ["a"], true),
      statement("CREATE", ["b"]),
      statement("ALTER USER", ["c"], true),
    ];
    const report = await runStatements(session, statements, forever);
    expect(outcomes(report.results)).toEqual(["DROP a: gone", "CREATE b: failed", "ALTER USER c: failed"]);
  });

  it("reports a statement during which the connection was lost as unknown, and runs nothing more", async () => {
    const { session, isDestroyed } = fakeSession({ "GRANT b": new DatabaseUnreachableError("lost") });
    const statements = [statement("GRANT", ["a"]), statement("GRANT", ["b"]), statement("GRANT", ["c"])];
    const report = await runStatements(session, statements, forever);
    expect(outcomes(report.results)).toEqual(["GRANT a: done", "GRANT b: unknown", "GRANT c: skipped"]);
    expect(isDestroyed()).toBe(true);
  });

  it("stops at error 1290, which another try now would meet again", async () => {
    const { session, sent } = fakeSession({ "GRANT a, b": 1290 });
    const report = await runStatements(
      session,
      [statement("GRANT", ["a", "b"]), statement("DROP", ["c"], true)],
      forever,
    );
    expect(sent.slice(1)).toEqual(["GRANT a, b"]);
    expect(report.stopped).toMatch("1290");
  });

  it("runs the others after a lock that is not released (1205), and waits less for the next one", async () => {
    const { session, sent } = fakeSession({ "REVOKE a": 1205 });
    const statements = [statement("REVOKE", ["a"], true), statement("DROP", ["b"], true)];
    const report = await runStatements(session, statements, forever);
    expect(sent.slice(1)).toEqual([
      "REVOKE a",
      "SET SESSION lock_wait_timeout = 1, innodb_lock_wait_timeout = 1",
      "DROP b",
    ]);
    expect(outcomes(report.results)).toEqual(["REVOKE a: failed", "DROP b: done"]);
    expect(report.stopped).toBeUndefined();
  });

  it("stops after ten locks that are not released, so that the holders' sessions end", async () => {
    const users = Array.from({ length: 12 }, (_, n) => `a${n}`);
    const refused = Object.fromEntries(users.map(user => [`DISABLE ${user}`, 1205]));
    const { session } = fakeSession(refused);
    const statements = users.map(user => statement("DISABLE", [user], true));
    const report = await runStatements(session, statements, forever);
    expect(report.results.filter(({ outcome }) => outcome === "failed")).toHaveLength(10);
    expect(report.results.filter(({ outcome }) => outcome === "skipped")).toHaveLength(2);
    expect(report.stopped).toMatch("1205");
  });

  it("stops when the server does not answer in the remaining time", async () => {
    const { session } = fakeSession({});
    const hanging = {
      ...session,
      query: (sql: string) => (sql.startsWith("SET") ? session.query(sql) : new Promise<never>(() => {})),
    };
    const report = await runStatements(hanging, [statement("GRANT", ["a"])], { left: () => 1_600 });
    expect(outcomes(report.results)).toEqual(["GRANT a: unknown"]);
  });
});
