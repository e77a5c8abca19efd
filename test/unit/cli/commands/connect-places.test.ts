import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readerOf } from "../../../../core/contract/endpoint-region";
import { fakeAws } from "../fake-aws";
import { runCli } from "../run-cli";

const IRELAND = "orders.cluster-c1x2.eu-west-1.rds.amazonaws.com";
const LONDON = IRELAND.replace("eu-west-1", "eu-west-2");
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
  folder = mkdtempSync(join(tmpdir(), "places "));
  process.chdir(folder);
});
afterEach(() => {
  process.env = before.env;
  process.chdir(before.cwd);
  rmSync(folder, { recursive: true, force: true });
});

const entryAt = (host: string) => ({ host, port: 3306, region: host.split(".")[2]!, prefix: "sl" });

function writeState(stack: string, host: string): void {
  const attributes = { insecure_value: JSON.stringify(entryAt(host)) };
  const resource = { type: "aws_ssm_parameter", name: "orders-registry", instances: [{ attributes }] };
  writeFileSync(`terraform.${stack}.tfstate`, JSON.stringify({ resources: [null, 7, {}, resource] }));
}

function writeStack(stack: string, content: unknown): void {
  mkdirSync(join("cdktf.out", "stacks", stack), { recursive: true });
  writeFileSync(join("cdktf.out", "stacks", stack, "cdk.tf.json"), JSON.stringify(content));
}

const AS = ["--as", "sl_jane.doe"];
const connect = (...argv: string[]) => runCli(["connect", "orders", ...argv]);
const hostOf = async (...argv: string[]) => JSON.parse((await connect("--json", ...AS, ...argv)).out).host;

describe("several places of a cluster", () => {
  test("are refused with the files that name them; --region and --host choose", async () => {
    writeState("ireland", IRELAND);
    writeStack("london", { locals: { "orders-registry": entryAt(LONDON) } });
    expect(await connect("--json", ...AS)).toMatchObject({
      code: 2,
      err:
        `aurora-users: orders is at several endpoints: ${IRELAND}:3306 (terraform.ireland.tfstate), ` +
        `${LONDON}:3306 (cdktf.out/stacks/london/cdk.tf.json). Choose by \`--region\` or \`--host\``,
    });
    expect(await hostOf("--region", "eu-west-2")).toBe(LONDON);
    expect(await hostOf("--host", IRELAND)).toBe(IRELAND);
  });

  test("are all in the list of whoami", async () => {
    writeState("ireland", IRELAND);
    writeState("london", LONDON);
    mkdirSync("users");
    const grants = "grants: [{ cluster: orders, databases: [orders], role: write }]\n";
    writeFileSync(
      join("users", "jane.yaml"),
      `name: Jane\nemail: jane@example.com\naccount: jane.doe\n${grants}`,
    );
    const { out } = await runCli(["whoami", "--as", "jane@example.com", "--json"]);
    expect(JSON.parse(out).access).toMatchObject([{ cluster: "orders", endpoint: `${IRELAND}, ${LONDON}` }]);
  });

  test("are one if they are the same, or if a stack's state replaces its synthesis", async () => {
    writeState("ireland", IRELAND);
    writeStack("ireland", { locals: { "orders-registry": entryAt("old.example.com") } });
    writeStack("copy", { locals: { "orders-registry": entryAt(IRELAND) } });
    expect(await hostOf()).toBe(IRELAND);
  });
});

test.each([
  ["null resources", () => writeFileSync("terraform.a.tfstate", '{"resources":null}')],
  ["a resource null", () => writeFileSync("terraform.a.tfstate", '{"resources":[null]}')],
  ["null", () => writeFileSync("terraform.a.tfstate", "null")],
  ["half a file", () => writeFileSync("terraform.a.tfstate", '{"resources":[')],
  ["null locals", () => writeStack("a", { locals: null })],
  ["a number as output", () => writeFileSync("cdktf.json", '{"output":7}')],
])("a file with %s does not count", async (_, write) => {
  writeStack("ireland", { locals: { "orders-registry": entryAt(IRELAND) } });
  write();
  expect(await hostOf()).toBe(IRELAND);
});

test("the account at --host has the prefix of the users folder", async () => {
  mkdirSync("users");
  writeFileSync(join("users", "settings.yaml"), "prefix: ax\n");
  const grants = "grants: [{ cluster: orders, databases: [orders], role: read }]\n";
  writeFileSync(
    join("users", "jane.yaml"),
    `name: Jane\nemail: jane@example.com\naccount: jane.doe\n${grants}`,
  );
  const arn = "arn:aws:sts::111122223333:assumed-role/Dev/jane@example.com";
  const aws = await fakeAws(() => `<Arn>${arn}</Arn>`);
  const argv = ["connect", "orders", "--host", IRELAND, "--json"];
  const { out } = await runCli(argv, { AWS_ENDPOINT_URL_STS: aws.url });
  aws.close();
  expect(JSON.parse(out).user).toBe("ax_jane.doe");
});

test("credentials that are over are named, and not the parameter", async () => {
  const { createServer } = await import("node:http");
  const server = createServer((_, response) => {
    response.statusCode = 400;
    response.end(JSON.stringify({ __type: "ExpiredTokenException", message: "expired" }));
  });
  await new Promise<void>(resolve => void server.listen(0, "127.0.0.1", resolve));
  process.env["AWS_ENDPOINT_URL"] = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const { code, err } = await connect("--region", "eu-west-1", ...AS);
  server.close();
  expect([code, err]).toEqual([
    1,
    "There are no valid AWS credentials. Log in to AWS first (aws sso login, or AWS_PROFILE).",
  ]);
});

test("an entry whose region is not the endpoint's is refused: a token for it never works", async () => {
  writeStack("ireland", { locals: { "orders-registry": { ...entryAt(IRELAND), region: "eu-west-2" } } });
  const { code, err } = await connect("--json", ...AS);
  expect([code, err]).toEqual([
    1,
    `cdktf.out/stacks/ireland/cdk.tf.json says that orders is in eu-west-2, but its endpoint ${IRELAND} is in ` +
      `eu-west-1. Set the region right there, or give --host ${IRELAND}.`,
  ]);
  expect(await hostOf("--host", IRELAND)).toBe(IRELAND);
});

test("a region is read from names of RDS alone", async () => {
  const own = ["--host", "db.eu-west-1.rds.example.com", "--region", "us-east-1", "--json", ...AS];
  expect(JSON.parse((await connect(...own)).out).region).toBe("us-east-1");
});

test.each([
  ["read", [], "sl_jane.doe only reads on orders: with --reader it uses the reader endpoint."],
  ["read", ["--reader"], ""],
  ["write", [], ""],
])("an account of the role %s with %j is shown the reader endpoint: %j", async (role, more, advice) => {
  writeState("ireland", IRELAND);
  mkdirSync("users");
  const grants = `grants: [{ cluster: orders, databases: [orders], role: ${role} }]\n`;
  writeFileSync(
    join("users", "jane.yaml"),
    `name: Jane\nemail: jane@example.com\naccount: jane.doe\n${grants}`,
  );
  const { code, err } = await connect("--json", ...AS, ...more);
  expect([code, err]).toEqual([0, advice]);
});

test("a users folder with problems does not count, and that is said", async () => {
  writeState("ireland", IRELAND);
  mkdirSync("users");
  writeFileSync(join("users", "jane.yaml"), "name: [\n");
  const { code, err, out } = await connect("--json", ...AS);
  expect([code, JSON.parse(out).user]).toEqual([0, "sl_jane.doe"]);
  expect(err).toBe("orders: the folder users has 3 problems, so it does not count: run aurora-users check.");
});

test.each(["", "no certificate"])("a file of root certificates with %j is refused", async text => {
  writeState("ireland", IRELAND);
  writeFileSync("ca.pem", text);
  expect(await connect("--client", "env", "--ca", "ca.pem", ...AS)).toMatchObject({
    code: 2,
    err: "aurora-users: `--ca`: ca.pem holds no certificate in PEM form",
  });
});

test("a custom endpoint has no reader endpoint", async () => {
  const custom = IRELAND.replace("cluster-", "cluster-custom-");
  expect(readerOf(custom)).toBeUndefined();
  expect(await connect("--json", "--reader", "--host", custom, ...AS)).toMatchObject({
    code: 2,
    err: expect.stringContaining(`the reader endpoint of ${custom} is not known`),
  });
});

test.each([
  [["--serve", "--print-token"], "`--serve` and `--print-token` contradict each other"],
  [["--client", "env", "--json"], "`--client` and `--json` contradict each other"],
  [["--serve", "--program", "mysql"], "`--serve` and `--program` contradict each other"],
  [["--listen", "3307"], "`--listen` is for `--serve`, and that is missing"],
  [
    ["--client", "env", "--via", "127.0.0.1:1"],
    "`--client` through a tunnel (`--via`) needs `--serve`, which verifies the endpoint's name",
  ],
  [["--port", "3307"], "`--port` is for `--host`, and that is missing"],
])("%j is refused", async (argv, message) => {
  writeState("ireland", IRELAND);
  expect(await connect(...argv, ...AS)).toMatchObject({ code: 2, err: `aurora-users: ${message}` });
});
