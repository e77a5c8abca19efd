import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../run-cli";

describe("aurora-users token", () => {
  const before = { ...process.env };
  beforeEach(() => {
    // A developer's own settings do not count.
    const own = Object.entries(before).filter(([name]) => !name.startsWith("AWS_"));
    process.env = Object.fromEntries(own);
    const none = "/dev/null";
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_CONFIG_FILE: none,
      AWS_SHARED_CREDENTIALS_FILE: none,
    });
  });
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

  test("has the credentials that the file holds now, in the process that read it before", async () => {
    const folder = mkdtempSync(join(tmpdir(), "credentials-"));
    const file = join(folder, "credentials");
    delete process.env["AWS_ACCESS_KEY_ID"];
    delete process.env["AWS_SECRET_ACCESS_KEY"];
    process.env["AWS_SHARED_CREDENTIALS_FILE"] = file;
    for (const id of ["AKIAFIRST", "AKIASECOND"]) {
      writeFileSync(file, `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret\n`);
      const { out } = await runCli(["token", ...where, "--region", "eu-west-1"]);
      expect(out).toContain(`X-Amz-Credential=${id}%2F`);
    }
    rmSync(folder, { recursive: true });
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

  const RDS = "orders.cluster-c1x2.eu-west-1.rds.amazonaws.com";
  const NOW = new Date("2026-11-20T12:00:00Z").getTime();
  const json = async (host: string, env = {}, ...more: string[]) =>
    JSON.parse((await runCli(["token", "--host", host, "--user", "sl_a", "--json", ...more], env)).out);

  test.each([
    ["of Aurora", RDS, "eu-west-1"],
    ["of a reader", "orders.cluster-ro-c1x2.ap-southeast-2.rds.amazonaws.com", "ap-southeast-2"],
    ["in GovCloud", "orders.cluster-c1x2.us-gov-west-1.rds.amazonaws.com", "us-gov-west-1"],
    ["in China", "orders.cluster-c1x2.rds.cn-north-1.amazonaws.com.cn", "cn-north-1"],
    ["in capitals", RDS.toUpperCase(), "eu-west-1"],
  ])("takes the region from an endpoint %s, whatever the environment says", async (_, host, region) => {
    const found = await json(host, { AWS_REGION: "us-east-1" });
    expect(found).toMatchObject({ region, minutes: 15 });
    expect(found.token).toContain(`%2F${region}%2Frds-db%2F`);
  });

  test("takes the region from the AWS profile if nothing else names it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "aws-"));
    const file = join(folder, "config");
    const keys = "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret";
    writeFileSync(file, `[profile ops]\nregion = sa-east-1\n${keys}\n`);
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) delete process.env[name];
    Object.assign(process.env, { AWS_CONFIG_FILE: file, AWS_PROFILE: "ops" });
    expect(await json("orders.global-c1x2.global.rds.amazonaws.com")).toMatchObject({ region: "sa-east-1" });
    rmSync(folder, { recursive: true });
  });

  test.each([
    ["an hour ago", -3600, 1, /^$/, /credentials ended at 2026-11-20T11:00:00\.000Z\. Log in to AWS first/],
    ["now", 0, 1, /^$/, /credentials ended at/],
    ["in 30 seconds", 30, 0, /Action=connect/, /^The AWS credentials end in less than a minute/],
    [
      "in 3 minutes",
      200,
      0,
      /Action=connect/,
      /^The AWS credentials end in 3 minutes, and the token with them\.$/,
    ],
    ["in an hour", 3600, 0, /Action=connect/, /^$/],
  ])("says so if the credentials end %s", async (_, seconds, code, out, err) => {
    process.env["AWS_CREDENTIAL_EXPIRATION"] = new Date(NOW + seconds * 1000).toISOString();
    process.env["AWS_SESSION_TOKEN"] = "session";
    const found = await runCli(["token", "--host", RDS, "--user", "sl_a"]);
    expect(found).toMatchObject({
      code,
      out: expect.stringMatching(out),
      err: expect.stringMatching(err),
    });
  });

  test.each([
    ["without credentials", {}],
    ["with a profile that does not exist", { AWS_PROFILE: "nope" }],
  ])("says the same as all commands %s", async (_, env) => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) delete process.env[name];
    Object.assign(process.env, { AWS_EC2_METADATA_DISABLED: "true", AWS_REGION: "eu-west-1" }, env);
    const err = "There are no valid AWS credentials. Log in to AWS first (aws sso login, or AWS_PROFILE).";
    const folder = mkdtempSync(join(tmpdir(), "aws-"));
    const file = join(folder, "shop.json");
    writeFileSync(file, '{"users": []}');
    for (const argv of [
      ["token", "--host", RDS, "--user", "sl_a"],
      ["audit"],
      ["audit", "--cluster", "orders"],
      ["audit", "verify"],
      ["audit", "verify", "--bucket", "example-access-audit"],
      ["source", "put", file, "--parameter", "/aurora-users-sources/shop", "--region", "eu-west-1"],
    ])
      expect([argv, await runCli(argv)]).toEqual([argv, { code: 1, out: "", err }]);
    rmSync(folder, { recursive: true });
  });

  test("prints for how many minutes the token is valid, as JSON", async () => {
    process.env["AWS_CREDENTIAL_EXPIRATION"] = new Date(NOW + 200_000).toISOString();
    expect(await json(RDS)).toMatchObject({ minutes: 3 });
  });

  test.each([
    [
      where,
      "`--region` is missing: neither the host's name nor AWS_REGION nor the AWS profile says the region",
    ],
    [
      ["--host", RDS, "--user", "u", "--region", "us-east-1"],
      "`--region` is us-east-1, but the endpoint is in eu-west-1: leave `--region` out",
    ],
    ...[
      ["eu-west-2", RDS, "eu-west-1"],
      ["EU-WEST-1", RDS, "eu-west-1"],
      ["us-west-1", "orders.cluster-c1x2.us-gov-west-1.rds.amazonaws.com", "us-gov-west-1"],
      ["cn-northwest-1", "orders.cluster-c1x2.rds.cn-north-1.amazonaws.com.cn", "cn-north-1"],
    ].map(([given, host, own]): [string[], string] => [
      ["--host", host!, "--user", "u", "--region", given!],
      `\`--region\` is ${given}, but the endpoint is in ${own}: leave \`--region\` out`,
    ]),
    ...["https://h:3306/", "h:3306", "h/", "h;rm", "-h"].map((host): [string[], string] => [
      [`--host=${host}`, "--user", "u", "--region", "eu-west-1"],
      `\`--host\` must be a host name without scheme, port and path, but is "${host}": give the port by \`--port\``,
    ]),
    [["--host", "h", "--region", "r"], "`--user <account>` is missing"],
    [
      ["--host", "h", "--user", "u", "--region", "r", "--port", "0x"],
      '`--port` must be a number from 1 to 65535, but is "0x"',
    ],
  ])("refuses %j", async (argv, message) => {
    expect(await runCli(["token", ...argv])).toEqual({ code: 2, out: "", err: `aurora-users: ${message}` });
  });
});
