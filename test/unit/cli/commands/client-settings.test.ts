import { execFileSync } from "node:child_process";
import { clientSettings } from "../../../../cli/login/client-settings";
import { runCli } from "../run-cli";

const connection = {
  host: "orders.cluster-c1x2.eu-west-1.rds.amazonaws.com",
  port: 3306,
  user: "sl_jane.doe",
  database: "a b&c=d/e",
  password: "token/?Action=connect&x=$(id)'`\\",
  caFile: "/tmp/it's here/ca.pem",
};
const local = { ...connection, host: "127.0.0.1", caFile: undefined };

describe("the settings of a client", () => {
  test("env: a shell that runs them has each value as it is", () => {
    const names = [
      "MYSQL_HOST",
      "MYSQL_TCP_PORT",
      "MYSQL_USER",
      "MYSQL_DATABASE",
      "MYSQL_PWD",
      "MYSQL_SSL_CA",
    ];
    const script = [
      ...clientSettings("env", connection),
      ...names.map(name => `printf '%s\\n' "$${name}"`),
    ].join("\n");
    const values = execFileSync("sh", ["-c", script], { encoding: "utf8", env: {} }).trimEnd().split("\n");
    const { caFile, database, host, password, port, user } = connection;
    expect(values).toEqual([host, `${port}`, user, database, password, caFile]);
    expect(clientSettings("env", local).join()).not.toMatch(/cleartext|SSL/i);
  });

  test("env: no variable lets a plain client send the token in clear text; the last line is the safe command", () => {
    const lines = clientSettings("env", connection);
    expect(lines.slice(0, -1).join()).not.toMatch(/cleartext/i);
    const command = lines.at(-1)!.replace(/^# /, "");
    const shown = `mysql() { printf '%s\\n' "$@"; }`;
    const options = execFileSync("sh", ["-c", [...lines, shown, command].join("\n")], { encoding: "utf8" });
    expect(options.trimEnd().split("\n")).toEqual([
      `--host=${connection.host}`,
      "--port=3306",
      "--user=sl_jane.doe",
      "--ssl-mode=VERIFY_IDENTITY",
      `--ssl-ca=${connection.caFile}`,
      "--enable-cleartext-plugin",
    ]);
  });

  test.each(["dbeaver", "datagrip"] as const)(
    "%s: a URL of Connector/J that verifies the server's name",
    client => {
      const urlOf = (lines: string[]) =>
        new URL(lines.find(line => line.startsWith("URL"))!.replace(/^URL +jdbc:mysql/, "http"));
      const url = urlOf(clientSettings(client, connection));
      expect([url.hostname, decodeURIComponent(url.pathname)]).toEqual([
        connection.host,
        `/${connection.database}`,
      ]);
      expect(Object.fromEntries(url.searchParams)).toEqual({
        sslMode: "VERIFY_IDENTITY",
        sessionVariables: "max_execution_time=300000",
      });
      expect(urlOf(clientSettings(client, local)).searchParams.get("sslMode")).toBe("DISABLED");
      expect(clientSettings(client, connection).join("\n")).toMatch(
        /CA.* {2}\/tmp\/it's here\/ca\.pem\n[\s\S]*\(not run\)/,
      );
    },
  );

  test("workbench: clear text and a verified name; without TLS neither", () => {
    const text = clientSettings("workbench", connection).join("\n");
    expect(text).toMatch(/Use SSL +Require and Verify Identity/);
    expect(text).toMatch(/Enable Cleartext Authentication Plugin +on/);
    expect(text).toMatch(/read timeout +300/);
    expect(clientSettings("workbench", local).join("\n")).not.toMatch(/Cleartext|Verify/);
  });

  test("of an unknown client are refused", async () => {
    const argv = [
      "connect",
      "orders",
      "--host",
      connection.host,
      "--as",
      "sl_jane.doe",
      "--client",
      "dbeavr",
    ];
    expect(await runCli(argv)).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean "dbeaver"?'),
    });
  });
});
