import { type MySqlServer, startMySql } from "../../../local/mysql/start-mysql";
import { beginLogin } from "../../support/half-open-login";
import { asRoot, iamToken, logIn, TEST_KEY } from "../../support/mysql-login";

describe("a login by IAM token that sends its token after 11 s", () => {
  let server: MySqlServer;
  const start = async (...args: string[]) => {
    server = await startMySql({ args });
    await server.allowKeys([TEST_KEY]);
    const root = await asRoot(server);
    await root.query("CREATE USER sl_eve IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL");
    root.destroy();
    const login = await beginLogin(server, "sl_eve");
    await new Promise(resolve => setTimeout(resolve, 11_000));
    return login.finish();
  };
  afterEach(() => server?.stop());

  it("is let in where the server waits for it", async () => {
    (await start("--connect-timeout=60")).destroy();
    // On the same server: without the slash before its query, as the AWS SDK for Go writes tokens.
    const token = await iamToken(server, "sl_eve");
    expect(token).toContain("/?Action=connect");
    (await logIn(server, "sl_eve", token.replace("/?", "?"))).destroy();
    await expect(logIn(server, "sl_eve", token.replace("/?", "x?"))).rejects.toThrow(/Access denied/);
  }, 180_000);

  it("is refused by default, after 10 s", async () => {
    await expect(start()).rejects.toThrow();
  }, 180_000);
});
