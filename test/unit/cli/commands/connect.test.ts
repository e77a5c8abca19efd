import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuroraCluster, ClusterEndpoint } from "../../../../constructs";
import { importedReconciler, stackOf, synth } from "../../constructs/synth";
import { fakeAws } from "../fake-aws";
import { runCli } from "../run-cli";

const HOST = "orders.cluster-c1x2.eu-west-1.rds.amazonaws.com";
const before = { env: { ...process.env }, cwd: process.cwd() };
let folder: string;

beforeEach(() => {
  const own = Object.entries(before.env).filter(([name]) => !name.startsWith("AWS_"));
  process.env = Object.fromEntries(own);
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  });
  folder = mkdtempSync(join(tmpdir(), "connect "));
  process.chdir(folder);
});
afterEach(() => {
  process.env = before.env;
  process.chdir(before.cwd);
  rmSync(folder, { recursive: true, force: true });
});

/** A stack of the constructs, as the last `cdktf synth` left it in this folder. */
function synthesize(output = "cdktf.out", prefix = "sl"): void {
  const stack = stackOf();
  const endpoint = ClusterEndpoint.fromAttributes({
    endpoint: HOST,
    port: 3307,
    resourceId: "cluster-ORDERS",
    secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders",
    region: "eu-west-1",
    accountId: "111122223333",
  });
  new AuroraCluster(stack, "orders", { reconciler: importedReconciler(stack), endpoint, prefix });
  const path = join(output, "stacks", "database-access");
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "cdk.tf.json"), JSON.stringify(synth(stack)));
}

function writeUsers(files: Record<string, string>): void {
  mkdirSync("users", { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join("users", name), text);
}

const JANE = "name: Jane\nemail: Jane@example.com\nusername: jdoe\naccount: jane.doe\n";
const GRANTS = "grants: [{ cluster: orders, databases: [orders], role: read }]\n";

const json = async (...argv: string[]) => JSON.parse((await runCli(["connect", ...argv, "--json"])).out);
const AS = ["--as", "sl_jane.doe"];

describe("where a cluster is", () => {
  test("is what the last synthesis says, in the folder that cdktf.json names", async () => {
    synthesize();
    const found = { host: HOST, port: 3307, region: "eu-west-1", user: "sl_jane.doe", minutes: 15 };
    expect(await json("orders", ...AS)).toMatchObject({ cluster: "orders", ...found });
    writeFileSync("cdktf.json", '{"output": "other.out"}');
    expect((await runCli(["connect", "orders", ...AS, "--json"], { AWS_REGION: "eu-west-1" })).code).toBe(1);
    synthesize("other.out");
    expect(await json("orders", ...AS)).toMatchObject(found);
  });

  test("is what Terraform's local state says before that, and what only Terraform knows does not count", async () => {
    synthesize();
    const entry = {
      host: "new.cluster-c9.eu-west-1.rds.amazonaws.com",
      port: 3306,
      region: "eu-west-1",
      prefix: "sl",
    };
    const attributes = { insecure_value: JSON.stringify(entry) };
    const resource = { type: "aws_ssm_parameter", name: "orders-registry", instances: [{ attributes }] };
    writeFileSync("terraform.database-access.tfstate", JSON.stringify({ resources: [resource] }));
    expect(await json("orders", ...AS)).toMatchObject({ host: entry.host, port: 3306 });
    attributes.insecure_value = JSON.stringify({ ...entry, host: "${aws_rds_cluster.orders.endpoint}" });
    writeFileSync("terraform.database-access.tfstate", JSON.stringify({ resources: [resource] }));
    expect(await json("orders", ...AS)).toMatchObject({ host: HOST });
  });

  test("is the parameter of the cluster, where no file says it", async () => {
    const entry = { host: HOST, port: 3306, region: "eu-west-1", prefix: "ax" };
    const aws = await fakeAws((_, body) =>
      body.includes('"/aurora-users/orders"') ? { Parameter: { Value: JSON.stringify(entry) } } : undefined,
    );
    process.env["AWS_ENDPOINT_URL"] = aws.url;
    const at = ["--region", "eu-west-1"];
    expect(await json("orders", ...at, ...AS)).toMatchObject({ host: HOST });
    const { code, err } = await runCli(["connect", "billing", ...at, ...AS]);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^Nothing says where billing is.*Give its endpoint by --host\.$/),
    ]);
    aws.close();
  });

  test("is what --host says; the region must be its own", async () => {
    synthesize();
    expect(await json("orders", "--host", "x.example.com", "--region", "eu-west-2", ...AS)).toMatchObject({
      host: "x.example.com",
      port: 3306,
      region: "eu-west-2",
    });
    expect(await runCli(["connect", "orders", "--host", HOST, "--region", "us-east-1", ...AS])).toMatchObject(
      {
        code: 2,
        err: expect.stringContaining("the endpoint is in eu-west-1"),
      },
    );
  });

  test("is asked for if the name is none of those in the folder", async () => {
    synthesize();
    expect(await runCli(["connect", "order", ...AS])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no cluster "order" in .*did you mean "orders"\?/),
    });
  });

  test("--reader is the reader endpoint, and a token is for that name", async () => {
    synthesize();
    const found = await json("orders", "--reader", ...AS);
    expect(found).toMatchObject({ host: "orders.cluster-ro-c1x2.eu-west-1.rds.amazonaws.com" });
    expect(found.token).toMatch(/^orders\.cluster-ro-c1x2\..*:3307\/\?Action=connect&DBUser=sl_jane\.doe/);
    const other = await runCli([
      "connect",
      "orders",
      "--reader",
      "--host",
      "x",
      "--region",
      "eu-west-1",
      ...AS,
    ]);
    expect(other).toMatchObject({
      code: 2,
      err: expect.stringContaining("the reader endpoint of x is not known"),
    });
  });
});

describe("which account", () => {
  let arn: string;
  let aws: Awaited<ReturnType<typeof fakeAws>>;
  beforeEach(async () => {
    synthesize();
    aws = await fakeAws(() => `<GetCallerIdentityResult><Arn>${arn}</Arn></GetCallerIdentityResult>`);
  });
  afterEach(() => aws.close());
  const asks = () => runCli(["connect", "orders", "--json"], { AWS_ENDPOINT_URL_STS: aws.url });
  const session = (name: string) => `arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Dev_0a1b/${name}`;

  test("is the session's name with the prefix, without a users folder", async () => {
    arn = session("jane.doe");
    expect(JSON.parse((await asks()).out)).toMatchObject({ user: "sl_jane.doe" });
    synthesize("cdktf.out", "ax");
    expect(JSON.parse((await asks()).out)).toMatchObject({ user: "ax_jane.doe" });
  });

  test.each([
    session("jane.doe"),
    session("jdoe"),
    session("jane@example.com"),
    "arn:aws:iam::111122223333:user/it/jdoe",
  ])("is that of the person whose session is %s", async given => {
    arn = given;
    writeUsers({ "jane.yaml": JANE + GRANTS });
    synthesize("cdktf.out", "ax");
    expect(JSON.parse((await asks()).out)).toMatchObject({ user: "ax_jane.doe" });
  });

  test("is refused for a person without a grant on the cluster, and for what is no person", async () => {
    writeUsers({ "jane.yaml": JANE + GRANTS.replace("orders", "payments") });
    arn = session("jdoe");
    expect(await asks()).toMatchObject({
      code: 1,
      err: expect.stringContaining("gives jdoe access to orders. Ask for"),
    });
    arn = "arn:aws:iam::111122223333:root";
    expect(await asks()).toMatchObject({ code: 2, err: expect.stringContaining("which is no person") });
  });

  test("is refused if it logs in by password", async () => {
    writeUsers({ "sync.yaml": `kind: service\nname: Sync\nlogin: password\n${GRANTS}` });
    const { code, err } = await runCli(["connect", "orders", "--as", "sl_sync", "--json"]);
    expect([code, err]).toEqual([1, "sl_sync logs in by password, so that a token does not work for it."]);
  });
});

describe("the client", () => {
  /** Writes what it got into a file, as a client of that version. */
  function fakeClient(name: string, version: string): void {
    mkdirSync("bin", { recursive: true });
    const script = `#!/bin/sh
[ "$1" = --version ] && { echo "${version}"; exit; }
{ printf '%s\\n' "$@"; echo ==; env; echo ==; cat /dev/fd/3; } > got
exit 3`;
    writeFileSync(join("bin", name), script);
    chmodSync(join("bin", name), 0o755);
  }
  const start = (...more: string[]) =>
    runCli(["connect", "orders", ...AS, "--database", "shop", ...more], {
      ...(process.env as Record<string, string>),
      PATH: `${folder}/bin:/usr/bin:/bin`,
      XDG_CACHE_HOME: folder,
      MYSQL_PWD: "another",
    });
  const ORACLE = "mysql  Ver 9.7.4 for Linux on x86_64 ((Debian))";
  const MARIADB =
    "mysql  Ver 15.1 Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64) using  EditLine wrapper";
  const WHERE = [`--host=${HOST}`, "--port=3307", "--user=sl_jane.doe", "--protocol=TCP", "--database=shop"];

  beforeEach(() => synthesize());

  test.each([
    ["mysql", ORACLE, ca => ["--ssl-mode=VERIFY_IDENTITY", `--ssl-ca=${ca}`, "--enable-cleartext-plugin"]],
    ["mysql", MARIADB, ca => [`--ssl-ca=${ca}`, "--ssl-verify-server-cert"]],
    [
      "mariadb",
      "mariadb from 11.8.9-MariaDB, client 15.2",
      ca => [`--ssl-ca=${ca}`, "--ssl-verify-server-cert"],
    ],
  ] as [string, string, (ca: string) => string[]][])(
    "%s (%s) gets its own options",
    async (name, version, tls) => {
      fakeClient(name, version);
      const { code, err } = await start();
      expect([code, err]).toEqual([
        3,
        `orders: sl_jane.doe at ${HOST}:3307 (from cdktf.out/stacks/database-access/cdk.tf.json)`,
      ]);
      const [args, env, given] = readFileSync("got", "utf8").split("==\n");
      const ca = join(folder, "aurora-users", "rds-root-certificates.pem");
      expect(args!.trim().split("\n")).toEqual(["--defaults-file=/dev/fd/3", ...WHERE, ...tls(ca)]);
      expect(given).toMatch(
        /^\[client\]\npassword="orders\.cluster-c1x2\.[^"]*X-Amz-Signature=[0-9a-f]{64}[^"]*"\n$/,
      );
      expect(args! + env).not.toContain("X-Amz-Signature");
      expect(env).not.toMatch(/^MYSQL_PWD=/m);
      expect(readFileSync(ca, "utf8").match(/BEGIN CERTIFICATE/g)!.length).toBeGreaterThan(100);
    },
  );

  test("is the first in PATH; without one the message says what to install", async () => {
    expect(await start()).toMatchObject({
      code: 1,
      err: expect.stringContaining("install mysql, mariadb, mycli"),
    });
    fakeClient("mariadb", MARIADB);
    expect((await start()).code).toBe(3);
    expect(await start("--program", "nosql")).toMatchObject({
      code: 2,
      err: "aurora-users: `--program`: there is no program nosql",
    });
    fakeClient(
      "mysqlsh",
      "mysqlsh   Ver 8.0.36 for Linux on x86_64 - for MySQL 8.0.36 (MySQL Community Server (GPL))",
    );
    expect(await start("--program", "mysqlsh")).toMatchObject({
      code: 2,
      err: expect.stringContaining("neither"),
    });
    fakeClient("mysql-9.7", ORACLE.replace("mysql ", `${folder}/bin/mysql-9.7 `));
    expect((await start("--program", "mysql-9.7")).code).toBe(3);
    fakeClient("nosql", "nosql 1.0");
    expect(await start("--program", "nosql")).toMatchObject({
      code: 2,
      err: expect.stringContaining("neither"),
    });
  });

  test("is not started for a region whose root certificates are missing, or with credentials that ended", async () => {
    fakeClient("mysql", ORACLE);
    const there = ["--host", HOST.replace("eu-west-1", "il-central-1")];
    expect(await start(...there)).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        "https://truststore.pki.rds.amazonaws.com/il-central-1/il-central-1-bundle.pem",
      ),
    });
    expect(await start(...there, "--ca", "no.pem")).toMatchObject({
      code: 2,
      err: expect.stringContaining("no.pem"),
    });
    process.env["AWS_CREDENTIAL_EXPIRATION"] = "2026-11-20T11:00:00Z";
    process.env["AWS_SESSION_TOKEN"] = "session";
    expect(await start()).toMatchObject({ code: 1, err: expect.stringContaining("Log in to AWS first") });
  });
});
