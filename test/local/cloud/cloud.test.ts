import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { Signer } from "@aws-sdk/rds-signer";
import { createConnection } from "mysql2/promise";
import { createTransport } from "nodemailer";

import type { CloudDescription } from "../../../local/cloud/cloud";
import type { CloudState } from "../../../local/cloud/cloud-state";
import { isRunning } from "../../../local/process/process-identity";

const directory = mkdtempSync(join(tmpdir(), "aurora-users-state-"));
const stateFile = join(directory, "cloud.json");

async function local(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const node = [
    "--import",
    pathToFileURL(require.resolve("tsx")).href,
    join(__dirname, "..", "..", "..", "local", "cloud", "cli.ts"),
    ...args,
  ];
  return promisify(execFile)(process.execPath, node, {
    env: { ...process.env, AURORA_USERS_LOCAL_STATE: stateFile },
  });
}
const up = async () => JSON.parse((await local("up", "--json")).stdout) as CloudDescription;
const state = () => JSON.parse(readFileSync(stateFile, "utf8")) as CloudState;

afterAll(async () => {
  await local("down");
  rmSync(directory, { recursive: true, force: true });
});

test("nothing runs at first, and `down` then does no harm", async () => {
  expect((await local("status")).stdout).toContain("Nothing is running");
  expect((await local("down")).stdout).toContain("Nothing was running");
});

test("`up` starts a cloud that can be used, and a second `up` keeps it", async () => {
  const cloud = await up();
  expect(await up()).toEqual(cloud);
  expect(Object.keys(cloud.clusters)).toEqual(["orders", "payments"]);
  const { orders } = cloud.clusters as Record<string, CloudDescription["clusters"][string]>;
  const credentials = {
    accessKeyId: cloud.environment["AWS_ACCESS_KEY_ID"]!,
    secretAccessKey: cloud.environment["AWS_SECRET_ACCESS_KEY"]!,
  };
  const secrets = new SecretsManagerClient({ endpoint: cloud.endpoint, region: cloud.region, credentials });
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: orders!.secretArn }));
  secrets.destroy();
  expect(JSON.parse(SecretString!)).toEqual({ ...orders!.admin, host: "localhost", port: orders!.port });

  const ca = readFileSync(cloud.caFile, "utf8");
  const server = { host: orders!.endpoint, port: orders!.port, ssl: { ca } };
  const admin = await createConnection({
    ...server,
    user: orders!.admin.username,
    password: orders!.admin.password,
  });
  await admin.query("CREATE USER 'sl_ann'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL");
  await admin.query("GRANT SELECT ON app_prod.* TO 'sl_ann'@'%'");
  const token = await new Signer({
    hostname: server.host,
    port: server.port,
    username: "sl_ann",
    region: cloud.region,
    credentials,
  }).getAuthToken();
  const clear = { mysql_clear_password: () => () => Buffer.from(`${token}\0`) };
  const ann = await createConnection({ ...server, user: "sl_ann", authPlugins: clear });
  expect((await ann.query("SELECT COUNT(*) AS n FROM app_prod.settings"))[0]).toEqual([{ n: 2 }]);
  await expect(ann.query("SELECT COUNT(*) FROM appXprod.settings")).rejects.toThrow(/denied/);
  ann.destroy();
  admin.destroy();
  expect((await local("status")).stdout).toContain("mysql --host=127.0.0.1");
}, 180_000);

test("`--json-file` writes JSON without npm's lines, where the caller is, for the caller only", async () => {
  const cloud = await up();
  process.env["INIT_CWD"] = directory;
  for (const [command, file] of [
    ["up", "up.json"],
    ["status", join(directory, "status of it.json")],
    ["up", "./up.json"],
  ] as const) {
    expect((await local(command, "--json-file", file)).stdout).toContain("mysql --host=127.0.0.1");
    const written = resolve(directory, file);
    expect(JSON.parse(readFileSync(written, "utf8"))).toEqual(cloud);
    expect(statSync(written).mode & 0o777).toBe(0o600);
  }
  await expect(local("status", "--json-file", "none/x.json")).rejects.toMatchObject({
    stderr: expect.stringContaining("none/x.json cannot be written (ENOENT)"),
  });
}, 60_000);

test("mails can be read in a folder, whatever their recipients", async () => {
  const { endpoint, region, environment, mail } = await up();
  const credentials = {
    accessKeyId: environment["AWS_ACCESS_KEY_ID"]!,
    secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"]!,
  };
  const secrets = new SecretsManagerClient({ endpoint, region, credentials });
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: mail.smtpSecretArn }));
  secrets.destroy();
  const {
    host,
    port,
    username: user,
    password: pass,
    ca,
  } = JSON.parse(SecretString!) as Record<string, string>;
  const transport = createTransport({
    host,
    port: Number(port),
    auth: { user, pass },
    requireTLS: true,
    tls: { ca },
  } as object);
  const message = { from: mail.from, subject: "Zürich", text: "as text", html: "<p>as HTML</p>" };
  await transport.sendMail({ ...message, to: mail.addresses[0] });
  await transport.sendMail({ ...message, to: "etc/x@example.com" });
  transport.close();

  const names = readdirSync(mail.folder!).filter(name => name !== "owner");
  const kinds = ["eml", "html", "txt"];
  expect(names.sort()).toEqual([
    ...kinds.map(kind => `0001-dba@example.com.${kind}`),
    ...kinds.map(kind => `0002-etc_x@example.com.${kind}`),
  ]);
  const [raw, html, text] = names.map(name => readFileSync(join(mail.folder!, name), "utf8"));
  expect(raw).toContain("Subject: =?UTF-8?Q?Z=C3=BCrich?=");
  expect([html?.trim(), text?.trim()]).toEqual(["<p>as HTML</p>", "as text"]);
  expect((await local("status")).stdout).toContain(mail.folder);
}, 60_000);

test("`pass-time` moves its clock forwards", async () => {
  const moved = JSON.parse((await local("pass-time", "3h", "--json")).stdout) as {
    now: string;
    aheadMs: number;
    fired: unknown[];
  };
  expect(moved.fired).toEqual([]);
  expect(Date.parse(moved.now) - Date.now() - 3 * 3_600_000).toBeLessThan(60_000);
  expect((await local("pass-time", "30m")).stdout).toMatch(
    /^The local cloud's time is \S+Z, 21\d min ahead of real time\.$/m,
  );
  await expect(local("pass-time", "soon")).rejects.toThrow(/write a duration as 90m, 3h or 2d, got: soon/);
}, 60_000);

test.each([
  ["a server", (of: CloudState) => of.children[0]!],
  ["the daemon", (of: CloudState) => of.daemon],
])(
  "a cloud of which %s was killed is started again, and nothing of the old one remains",
  async (_, victim) => {
    const before = state();
    process.kill(victim(before).pid, "SIGKILL");
    const cloud = await up();
    expect(cloud.clusters).not.toEqual(before.description.clusters);
    expect([before.daemon, ...before.children].filter(({ pid }) => isRunning(pid))).toEqual([]);
  },
  120_000,
);

test("`down` ends every process, and a second `down` does no harm", async () => {
  const { daemon, children, controlSocket, description } = state();
  expect((await local("down")).stdout).toContain("has ended");
  expect([daemon, ...children].filter(({ pid }) => isRunning(pid))).toEqual([]);
  expect(
    [controlSocket, description.mail.folder!, description.terraformCliConfig].filter(existsSync),
  ).toEqual([]);
  expect((await local("down")).stdout).toContain("Nothing was running");
}, 120_000);
