import type { AccountId } from "../../../../core/mysql";
import type { ManagedNames } from "../../../../core/roster/managed-names";
import type { MySqlSession } from "../../../../lambdas/reconciler/mysql/mysql-session";
import { openSessions } from "../../../../lambdas/reconciler/mysql/open-sessions";

/** What a server answers that lists these sessions and has these accounts. */
const server = (sessions: readonly [user: string, client: string][], accounts: readonly AccountId[]) =>
  ({
    id: 99,
    user: "boss",
    query: async sql => {
      if (sql.startsWith("SHOW GLOBAL STATUS")) return [{ Value: "0" }];
      if (sql.includes("FROM mysql.user")) return accounts.map(account => ({ ...account, locked: "N" }));
      const rows = sessions.map(([user, client], id) => ({ id, user, client, db: "orders" }));
      return [{ id: 99, user: "boss", client: "x:1", db: null }, ...rows];
    },
  }) as Partial<MySqlSession> as MySqlSession;
const reading = {
  another: () => Promise.reject(new Error("full")),
  deadline: { left: () => 10_000, leftToLook: () => 10_000 },
};
const own: ManagedNames = { prefix: "sl", alsoManages: ["legacy_app@%"], takeOver: { jane: "jane@%" } };
const usersOf = async (
  sessions: Parameters<typeof server>[0],
  accounts: readonly AccountId[] = [],
  names = own,
) => {
  const found = await openSessions(server(sessions, accounts), names, reading);
  return found.sessions.map(({ client, user }) => `${user} ${client}`);
};

describe("open sessions", () => {
  it("are those of accounts with the prefix and of named ones, never the server's own threads", async () => {
    const open = ["sl_bob", "legacy_app", "event_scheduler", "system user", "app", "rdsadmin", "boss"];
    const sessions = open.map(user => [user, "10.0.0.1:7"] as [string, string]);
    expect(await usersOf(sessions, [{ user: "legacy_app", host: "%" }])).toEqual([
      "sl_bob 10.0.0.1:7",
      "legacy_app 10.0.0.1:7",
    ]);
    expect(await usersOf(sessions, [], { prefix: "sl" })).toEqual(["sl_bob 10.0.0.1:7"]);
  });

  it("are none of an account at another host, which the server would choose for the address", async () => {
    const accounts = ["%", "10.%"].map(host => ({ user: "legacy_app", host }));
    expect(
      await usersOf(
        [
          ["legacy_app", "10.0.0.1:7"],
          ["legacy_app", "192.168.0.1:7"],
        ],
        accounts,
      ),
    ).toEqual(["legacy_app 192.168.0.1:7"]);
  });

  it("are those by the former name of an account once it was taken over, and none before", async () => {
    const sessions: [string, string][] = [["jane", "10.0.0.1:7"]];
    expect(await usersOf(sessions, [{ user: "jane", host: "%" }])).toEqual([]);
    expect(await usersOf(sessions)).toEqual(["jane 10.0.0.1:7"]);
    expect(await usersOf(sessions, [{ user: "jane", host: "10.%" }])).toEqual([]);
  });
});
