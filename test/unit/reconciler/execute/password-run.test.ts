import type { KnownPassword } from "../../../../core/mysql/password-login";
import { PasswordRun } from "../../../../lambdas/reconciler/execute/password-run";
import type { MySqlSession } from "../../../../lambdas/reconciler/mysql/mysql-session";
import { CredentialsError } from "../../../../lambdas/reconciler/runtime/errors";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { deadlineOf } from "../../../../lambdas/runtime/deadline";
import type { MySqlServer } from "../../../../local/mysql/start-mysql";
import { registryEntry } from "../../../support/registry";

const KEY = "'sl_sync'@'%'";
const BY = "IDENTIFIED WITH caching_sha2_password BY <password from Secrets Manager>";
const sql = `ALTER USER ${KEY} ${BY} REQUIRE SSL PASSWORD EXPIRE NEVER PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY`;
const done = [{ sql, users: ["sl_sync"], outcome: "done" as const, ms: 1 }];
const entry = registryEntry({ host: "h", port: 3306 } as unknown as MySqlServer, {
  secretPath: "aurora-users/orders",
});

/** A run whose server answers, one query after the other, with these times. */
async function settled(times: readonly { changed: number; now: number }[], serverHas: string, tls = "ANY") {
  const answers = [...times];
  const log: string[] = [];
  const opened = { server: "a-1", close: async () => {} };
  const session = {
    server: "a-1",
    query: async () => {
      const { changed, now } = answers.length > 1 ? answers.shift()! : answers[0]!;
      log.push(`read at ${now}`);
      return [{ User: "sl_sync", Host: "%", ssl_type: tls, changed, now }];
    },
  } as unknown as MySqlSession;
  const known = new Map<string, KnownPassword>([[KEY, { changed: 5 }]]);
  const services = {
    accountSecrets: {
      passwordOf: async () => ({ password: "ours-is-long", secret: "s", version: "v" }),
      confirm: async () => void log.push("current"),
    },
    logInAs: async (_: unknown, { password }: { password: string }) => {
      log.push("login");
      if (password !== serverHas) throw new CredentialsError("denied");
      return opened;
    },
    connect: async () => opened,
    ledger: { passwords: { write: async () => void log.push("ledger") } },
    pause: async () => void log.push("pause"),
  } as unknown as Services;
  const run = new PasswordRun({ services, deadline: deadlineOf(() => 60_000, 0) }, entry, [], known);
  await run.fill(sql);
  await run.confirm(session, done);
  log.push("sessions end");
  await run.settle(session, done);
  return { changed: known.get(KEY)!.changed, log };
}

describe("a password that a run has set", () => {
  it("is in the ledger once sessions are ended, a login has worked, and its second is over", async () => {
    const { changed, log } = await settled(
      [
        { changed: 1000, now: 1000 },
        { changed: 1000, now: 1000 },
        { changed: 1000, now: 1001 },
      ],
      "ours-is-long",
    );
    expect(changed).toBe(1000);
    expect(log).toEqual([
      "current",
      "read at 1000",
      "sessions end",
      "read at 1000",
      "pause",
      "read at 1001",
      "login",
      "ledger",
    ]);
  });

  it.each<[string, { changed: number; now: number }[], string, string]>([
    ["before its time is read", [{ changed: 1037, now: 1040 }], "evil", "ANY"],
    ["in the second of the run's own", [{ changed: 1000, now: 1040 }], "evil", "ANY"],
    [
      "until its sessions end, and keeps ours as the second one",
      [
        { changed: 1000, now: 1001 },
        { changed: 1037, now: 1040 },
      ],
      "ours-is-long",
      "ANY",
    ],
    [
      "until its sessions end, and has a certificate",
      [
        { changed: 1000, now: 1001 },
        { changed: 1037, now: 1040 },
      ],
      "evil",
      "X509",
    ],
  ])("is not taken for ours if its holder changes it %s", async (_, times, serverHas, tls) => {
    expect((await settled(times, serverHas, tls)).changed).toBe(5);
  });

  it("is not tried where logins need a certificate", async () => {
    const { changed, log } = await settled([{ changed: 1000, now: 1001 }], "ours-is-long", "X509");
    expect(changed).toBe(1000);
    expect(log).not.toContain("login");
  });
});
