import { runCli } from "../run-cli";

describe("aurora-users token", () => {
  const before = { ...process.env };
  beforeEach(() =>
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" }),
  );
  afterEach(() => {
    process.env = before;
  });
  const where = ["--host", "db.example.com", "--port", "3307", "--user", "sl_jane.doe"];

  test("prints a token for the account, and never the secret", async () => {
    const { code, out } = await runCli(["token", ...where, "--region", "eu-west-1"]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^db\.example\.com:3307\/\?Action=connect&DBUser=sl_jane\.doe&.*eu-west-1.*X-Amz-Expires=900/,
    );
    expect(out).not.toContain("secret");
  });

  test("takes the region from the environment, and prints JSON", async () => {
    const { out } = await runCli(["token", ...where, "--json"], { AWS_REGION: "eu-north-1" });
    expect(JSON.parse(out)).toMatchObject({
      host: "db.example.com",
      port: 3307,
      user: "sl_jane.doe",
      region: "eu-north-1",
      minutes: 15,
    });
  });

  test.each([
    [where, "`--region` is missing, and AWS_REGION is not set"],
    [["--host", "h", "--region", "r"], "`--user <account>` is missing"],
    [
      ["--host", "h", "--user", "u", "--region", "r", "--port", "0x"],
      '`--port` must be a number from 1 to 65535, but is "0x"',
    ],
  ])("refuses %j", async (argv, message) => {
    expect(await runCli(["token", ...argv])).toEqual({ code: 2, out: "", err: `aurora-users: ${message}` });
  });
});
