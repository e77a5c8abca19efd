import { Signer } from "@aws-sdk/rds-signer";
import { type Connection, createConnection } from "mysql2/promise";
import { defined } from "../../../core/json";
import { type MySqlServer, startMySql } from "../../../local/mysql/start-mysql";

const KEY = { id: "AKIATESTKEY000000001", secret: "one-secret" };

jest.setTimeout(30_000);

let server: MySqlServer;
let admin: Connection;
beforeAll(async () => {
  server = await startMySql();
  admin = await asAdmin(server);
}, 180_000);
afterAll(async () => {
  admin?.destroy();
  await server?.stop();
});

function asAdmin({ host, port, ca, admin }: MySqlServer): Promise<Connection> {
  return createConnection({ host, port, user: admin.username, password: admin.password, ssl: { ca } });
}

async function rows(connection: Connection, sql: string): Promise<Record<string, unknown>[]> {
  const [found] = await connection.query(sql);
  return found as Record<string, unknown>[];
}

describe("a login by IAM token", () => {
  const sign = (username: string, key = KEY, signingDate?: Date) =>
    new Signer({
      hostname: "localhost",
      port: server.port,
      username,
      region: "eu-central-1",
      credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
    })["getAuthToken"](...((signingDate ? [{ signingDate }] : []) as []));
  const logIn = async (user: string, password: string, tls = true) => {
    const connection = await createConnection({
      host: "localhost",
      port: server.port,
      user,
      ...defined({ ssl: tls ? { ca: server.ca } : undefined }),
      // The token is sent as plain text, as RDS requires: over TLS in all tests but one.
      authPlugins: { mysql_clear_password: () => () => Buffer.from(`${password}\0`) },
    });
    const [{ who }] = (await rows(connection, "SELECT CURRENT_USER() AS who")) as [{ who: string }];
    connection.destroy();
    return who;
  };

  beforeAll(async () => {
    await admin.query(
      "CREATE USER 'sl_ann'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
    );
    await admin.query("CREATE USER 'sl_bob'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'");
    await server.allowKeys([{ ...KEY, users: ["sl_*"] }]);
  });

  test("is accepted for the account that the token names", async () => {
    expect(await logIn("sl_ann", await sign("sl_ann"))).toBe("sl_ann@%");
  });

  test("is refused for another account, with an unknown key, and with a key that may not use the account", async () => {
    await expect(logIn("sl_bob", await sign("sl_ann"))).rejects.toThrow(/Access denied/);
    await expect(
      logIn("sl_ann", await sign("sl_ann", { ...KEY, id: "AKIAUNKNOWN000000001" })),
    ).rejects.toThrow(/Access denied/);
    await expect(logIn("sl_ann", await sign("sl_ann", { ...KEY, secret: "guessed" }))).rejects.toThrow(
      /Access denied/,
    );
    await server.allowKeys([{ ...KEY, users: ["sl_bob"] }]);
    await expect(logIn("sl_ann", await sign("sl_ann"))).rejects.toThrow(/Access denied/);
    expect(await logIn("sl_bob", await sign("sl_bob"))).toBe("sl_bob@%");
    await server.allowKeys([{ ...KEY, users: ["sl_*"] }]);
  });

  // The server then reads every account again, and a plugin that refuses one makes it disappear.
  test("is accepted after FLUSH PRIVILEGES, also where the account has a comment or a partial revoke", async () => {
    await server.allowKeys([{ ...KEY, users: ["sl_*"] }]);
    await admin.query("ALTER USER 'sl_ann'@'%' COMMENT 'a comment'");
    await admin.query("GRANT SELECT ON *.* TO 'sl_bob'@'%'");
    await admin.query("REVOKE SELECT ON mysql.* FROM 'sl_bob'@'%'");
    await admin.query("FLUSH PRIVILEGES");
    expect(await logIn("sl_ann", await sign("sl_ann"))).toBe("sl_ann@%");
    expect(await logIn("sl_bob", await sign("sl_bob"))).toBe("sl_bob@%");
  });

  test("is refused once the token is 15 minutes old", async () => {
    jest.useFakeTimers({
      now: Date.now() - 16 * 60_000,
      doNotFake: ["nextTick", "setImmediate", "setTimeout", "clearTimeout"],
    });
    const token = await sign("sl_ann").finally(() => jest.useRealTimers());
    await expect(logIn("sl_ann", token)).rejects.toThrow(/Access denied/);
  });

  test("is also accepted when the token is valid by the moved clock of the cloud", async () => {
    const ahead = 200 * 86_400_000;
    const signedAt = async (moment: number) => {
      jest.useFakeTimers({
        now: moment,
        doNotFake: ["nextTick", "setImmediate", "setTimeout", "clearTimeout"],
      });
      return sign("sl_ann").finally(() => jest.useRealTimers());
    };
    const later = await signedAt(Date.now() + ahead);
    await expect(logIn("sl_ann", later)).rejects.toThrow(/Access denied/);
    server.setTokenClock(ahead);
    expect(await logIn("sl_ann", later)).toBe("sl_ann@%");
    expect(await logIn("sl_ann", await sign("sl_ann"))).toBe("sl_ann@%");
    await expect(logIn("sl_ann", await signedAt(Date.now() + ahead - 16 * 60_000))).rejects.toThrow(
      /Access denied/,
    );
    server.setTokenClock(0);
    await expect(logIn("sl_ann", later)).rejects.toThrow(/Access denied/);
  });

  test("is refused without TLS", async () => {
    await expect(logIn("sl_bob", await sign("sl_bob"), false)).rejects.toThrow(/Access denied/);
    expect(server.log()).toContain("the connection is not TLS");
  });
});

test("any other login without TLS is refused, too, as on Aurora MySQL 8.4", async () => {
  await admin.query("CREATE USER 'sl_plain'@'%' IDENTIFIED WITH mysql_native_password BY 'a-password'");
  const { ca, host, port } = server;
  const inClear = { host, port, user: "sl_plain", password: "a-password" };
  await expect(createConnection(inClear)).rejects.toMatchObject({ errno: 3159 });
  (await createConnection({ ...inClear, ssl: { ca } })).destroy();
  await admin.query("DROP USER 'sl_plain'@'%'");
});

describe("the administrator", () => {
  test("has no SUPER and no SYSTEM_USER, and part of its privileges through rds_superuser_role", async () => {
    const [me] = await rows(
      admin,
      "SELECT Super_priv, Create_user_priv, File_priv, Shutdown_priv FROM mysql.user WHERE User = 'admin'",
    );
    expect(me).toEqual({ Super_priv: "N", Create_user_priv: "Y", File_priv: "N", Shutdown_priv: "N" });
    expect(await rows(admin, "SELECT PRIV FROM mysql.global_grants WHERE USER = 'admin'")).toEqual([]);
    const viaRole = (
      await rows(admin, "SELECT PRIV FROM mysql.global_grants WHERE USER = 'rds_superuser_role'")
    ).map(row => row["PRIV"]);
    expect(viaRole).toEqual(
      expect.arrayContaining(["CONNECTION_ADMIN", "ROLE_ADMIN", "APPLICATION_PASSWORD_ADMIN"]),
    );
    expect(viaRole).not.toContain("SYSTEM_USER");
    expect(await rows(admin, "SELECT CURRENT_ROLE() AS role")).toEqual([
      { role: "`rds_superuser_role`@`%`" },
    ]);
  });

  test("manages accounts, grants and connections", async () => {
    await admin.query("CREATE DATABASE shape");
    await admin.query("CREATE TABLE shape.t (a INT, b INT)");
    await admin.query("CREATE PROCEDURE shape.p() SELECT 1");
    await admin.query("CREATE USER 'sl_svc'@'%' IDENTIFIED WITH mysql_native_password BY 'a-password'");
    await admin.query("GRANT ALL ON shape.* TO 'sl_svc'@'%'");
    await admin.query("GRANT SELECT (a), UPDATE (b) ON shape.t TO 'sl_svc'@'%'");
    await admin.query("GRANT EXECUTE ON PROCEDURE shape.p TO 'sl_svc'@'%'");
    await admin.query("GRANT AWS_LAMBDA_ACCESS TO 'sl_svc'@'%'");
    const { host, port, ca } = server;
    const service = await createConnection({
      host,
      port,
      user: "sl_svc",
      password: "a-password",
      ssl: { ca },
    });
    service.on("error", () => {});
    await admin.query("SELECT GET_LOCK('cluster', 1)");
    await admin.query(`KILL ${service.threadId}`);
    await expect(service.query("SELECT 1")).rejects.toThrow();
    await admin.query("REVOKE ALL ON shape.* FROM 'sl_svc'@'%'");
    await admin.query("RENAME USER 'sl_svc'@'%' TO 'sl_svc2'@'%'");
    await admin.query("DROP USER 'sl_svc2'@'%'");
  });

  test("reads the grant tables and the definers", async () => {
    const grantTables = [
      "user",
      "db",
      "tables_priv",
      "columns_priv",
      "procs_priv",
      "proxies_priv",
      "global_grants",
      "role_edges",
      "default_roles",
    ];
    for (const table of grantTables) await admin.query(`SELECT * FROM mysql.${table}`);
    for (const table of ["views", "routines", "triggers", "events"])
      await admin.query(`SELECT DEFINER FROM information_schema.${table}`);
  });

  test("cannot write the grant tables, grant privileges that it lacks, or change rdsadmin", async () => {
    await expect(admin.query("UPDATE mysql.user SET Super_priv = 'Y'")).rejects.toThrow(/denied/);
    await expect(admin.query("GRANT SUPER ON *.* TO 'sl_ann'@'%'")).rejects.toThrow(/denied/i);
    await expect(admin.query("GRANT INSERT ON mysql.* TO 'sl_ann'@'%'")).rejects.toThrow(/denied/i);
    await expect(admin.query("DROP USER 'rdsadmin'@'localhost'")).rejects.toThrow(/SYSTEM_USER/);
    // It cannot revoke everything in one statement either, as this would affect the mysql schema.
    await expect(admin.query("REVOKE ALL, GRANT OPTION FROM 'sl_ann'@'%'")).rejects.toMatchObject({
      errno: 3879,
    });
  });
});

test("an administrator with all privileges in the role can manage accounts, too", async () => {
  const other = await startMySql({ adminPrivileges: "role" });
  try {
    const byRole = await asAdmin(other);
    const [first] = await rows(byRole, "SHOW GRANTS FOR CURRENT_USER() USING NONE").catch(() =>
      rows(byRole, "SHOW GRANTS FOR 'admin'@'%'"),
    );
    expect(Object.values(first!)).toEqual(["GRANT USAGE ON *.* TO `admin`@`%`"]);
    await byRole.query(
      "CREATE USER 'sl_svc'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
    );
    await byRole.query("GRANT ALL ON shape.* TO 'sl_svc'@'%'");
    await byRole.query("SELECT * FROM mysql.global_grants");
    await byRole.query("REVOKE INSERT ON shape.* FROM 'sl_svc'@'%'");
    await expect(byRole.query("GRANT INSERT ON mysql.* TO 'sl_svc'@'%'")).rejects.toThrow(/denied/i);
    await byRole.query("DROP USER 'sl_svc'@'%'");
    byRole.destroy();
  } finally {
    await other.stop();
  }
}, 120_000);

describe("partial_revokes", () => {
  test("ON: a database name in a grant is literal", async () => {
    expect(await rows(admin, "SELECT @@partial_revokes AS it")).toEqual([{ it: 1 }]);
    expect(await reaches(server, "my_db")).toEqual({ my_db: true, myXdb: false });
    expect(await reaches(server, "my\\_db")).toEqual({ my_db: false, myXdb: false });
  });

  test("OFF: a database name in a grant is a pattern", async () => {
    const plain = await startMySql({ partialRevokes: false });
    try {
      expect(await reaches(plain, "my_db")).toEqual({ my_db: true, myXdb: true });
      expect(await reaches(plain, "my\\_db")).toEqual({ my_db: true, myXdb: false });
    } finally {
      await plain.stop();
    }
  }, 120_000);

  async function reaches(on: MySqlServer, granted: string) {
    const owner = await asAdmin(on);
    await owner.query("DROP USER IF EXISTS 'sl_reach'@'%'");
    for (const name of ["my_db", "myXdb"]) await owner.query(`CREATE DATABASE IF NOT EXISTS ${name}`);
    await owner.query("CREATE USER 'sl_reach'@'%' IDENTIFIED BY 'a-password'");
    await owner.query(`GRANT SELECT ON \`${granted}\`.* TO 'sl_reach'@'%'`);
    owner.destroy();
    const { host, port, ca } = on;
    const user = await createConnection({
      host,
      port,
      user: "sl_reach",
      password: "a-password",
      ssl: { ca },
    });
    const can = (name: string) =>
      user.query(`USE ${name}`).then(
        () => true,
        () => false,
      );
    const answer = { my_db: await can("my_db"), myXdb: await can("myXdb") };
    user.destroy();
    return answer;
  }
});

describe("a server that fails", () => {
  test("has its committed data after a kill, with the same port and password", async () => {
    const other = await startMySql({ sqlMode: "ANSI_QUOTES", args: ["--max-connections=17"] });
    const before = await asAdmin(other);
    before.on("error", () => {});
    await before.query("CREATE DATABASE kept");
    await before.query("CREATE USER 'sl_kept'@'%'");
    await other.kill();
    await expect(asAdmin(other)).rejects.toThrow();
    await other.restart();
    const after = await asAdmin(other);
    expect(await rows(after, "SHOW DATABASES LIKE 'kept'")).toHaveLength(1);
    expect(await rows(after, "SELECT User FROM mysql.user WHERE User = 'sl_kept'")).toHaveLength(1);
    expect(await rows(after, "SELECT @@GLOBAL.sql_mode AS m, @@max_connections AS n")).toEqual([
      { m: "ANSI_QUOTES", n: 17 },
    ]);
    await other.freeze();
    const answered = after.query("SELECT 1").then(() => "answered");
    const late = new Promise(resolve => setTimeout(resolve, 300, "hung"));
    expect(await Promise.race([answered, late])).toBe("hung");
    other.thaw();
    expect(await answered).toBe("answered");
    after.destroy();
    await other.stop();
  }, 120_000);
});
