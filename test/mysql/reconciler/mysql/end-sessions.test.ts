import type { Connection } from "mysql2/promise";
import { BY_PASSWORD, Cluster } from "../../../support/cluster";
import { logIn, PASSWORD } from "../../../support/mysql-login";

/** Names that a forged list of sessions may hold, and accounts that must keep their sessions. */
const UNMANAGED = ["shopapp", "rdsadmin", "slack_bot", "sl", "SL_app", "rds_monitor"];

describe("a list of sessions to end", () => {
  let cluster: Cluster;
  let administrator: string;
  const open = new Map<string, Connection>();

  beforeAll(async () => {
    cluster = await Cluster.start();
    administrator = cluster.server.admin.username;
    for (const user of [...UNMANAGED, "sl_mal"]) {
      await cluster.byHand(`CREATE USER '${user}'@'%' ${BY_PASSWORD}`);
      open.set(user, await logIn(cluster.server, user, PASSWORD));
    }
    open.set(administrator, await logIn(cluster.server, administrator, cluster.server.admin.password));
    for (const session of open.values()) session.on("error", () => {});
  }, 180_000);
  afterAll(async () => {
    for (const session of open.values()) session.destroy();
    await cluster.stop();
  });

  const forged = (user: string) => [user, "sl_mal"].map(name => ({ user: name, host: "%" }));
  const answers = (user: string) =>
    open
      .get(user)!
      .query("SELECT 1")
      .then(
        () => true,
        () => false,
      );

  it.each([...UNMANAGED, "the administrator"])(
    "ends no session of %s, whatever the list says",
    async name => {
      const user = name === "the administrator" ? administrator : name;
      expect(await cluster.endSessions(forged(user).slice(0, 1))).toMatchObject({ ended: 0 });
      expect(await answers(user)).toBe(true);
    },
  );

  it("ends those of accounts with the prefix that it names besides others", async () => {
    const all = [...UNMANAGED, administrator].flatMap(forged);
    expect(await cluster.endSessions(all)).toMatchObject({ ended: 1 });
    expect(await answers("sl_mal")).toBe(false);
    for (const user of [...UNMANAGED, administrator])
      expect([user, await answers(user)]).toEqual([user, true]);
  });

  it("ends none of an administrator whose name has the prefix", async () => {
    const boss = await cluster.logIn("sl_mal");
    const asBoss = Object.assign(cluster.session, { user: "sl_mal" });
    expect(await cluster.endSessions([{ user: "sl_mal", host: "%" }], asBoss)).toMatchObject({ ended: 0 });
    expect(await boss.query("SELECT 1")).toBeDefined();
    boss.destroy();
  });
});
