import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { errorPayload } from "../../../../cli/proxy/packets";
import { sha256 } from "../../../../cli/terminal/sha256";
import { PROTOCOL } from "../../../../core/contract/protocol";
import { fakeAws } from "../fake-aws";
import { runCli } from "../run-cli";

const HOST = "orders.cluster-c1x2.eu-west-1.rds.amazonaws.com";
const ARN = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0a1b";
const ANSWERS: Readonly<Record<string, string>> = {
  GetCallerIdentity: "<Arn>arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Dev_0a1b/jane.doe</Arn>",
  DescribeDBClusters:
    `<DbClusterResourceId>cluster-A</DbClusterResourceId><Endpoint>${HOST}</Endpoint><Port>3306</Port>` +
    "<IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled>",
  GetRole: `<Arn>${ARN}</Arn>`,
};
const before = { env: { ...process.env }, cwd: process.cwd() };
let folder: string;
/** What AWS was asked, by action. */
let asked: Map<string, URLSearchParams>;
let answers: Record<string, object | string | undefined>;
let aws: Awaited<ReturnType<typeof fakeAws>>;
let database: Server;

beforeEach(async () => {
  const own = Object.entries(before.env).filter(([name]) => !name.startsWith("AWS_"));
  process.env = Object.fromEntries(own);
  asked = new Map();
  answers = { ...ANSWERS };
  aws = await fakeAws((_, body) => {
    const parameters = new URLSearchParams(body);
    const action = parameters.get("Action") ?? "invoke";
    asked.set(action, parameters);
    return answers[action];
  });
  const message = "Host '10.1.2.3' is not allowed to connect \u001b[31m";
  database = createServer(socket => {
    const payload = errorPayload(1130, message);
    socket.end(Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]));
    socket.on("error", () => {});
  });
  await new Promise<void>(resolve => void database.listen(0, "127.0.0.1", resolve));
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_ENDPOINT_URL: aws.url,
  });
  folder = mkdtempSync(join(tmpdir(), "doctor "));
  process.chdir(folder);
  const credentials = { secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x" };
  const entry = {
    host: HOST,
    port: 3306,
    region: "eu-west-1",
    prefix: "sl",
    resourceId: "cluster-A",
    credentials,
  };
  const attributes = { insecure_value: JSON.stringify(entry) };
  const resource = { type: "aws_ssm_parameter", name: "orders-registry", instances: [{ attributes }] };
  writeFileSync("terraform.a.tfstate", JSON.stringify({ resources: [resource] }));
});
afterEach(() => {
  process.env = before.env;
  process.chdir(before.cwd);
  rmSync(folder, { recursive: true, force: true });
  aws.close();
  database.close();
});

const NOW = new Date("2026-11-20T12:00:00Z");
/** The fixed moment of the command line is that of AWS, too. */
const doctor = (...argv: string[]) => {
  jest
    .spyOn(Headers.prototype, "get")
    .mockImplementation(name => (name === "date" ? NOW.toUTCString() : null));
  const via = ["--via", `127.0.0.1:${(database.address() as AddressInfo).port}`];
  const env = { AWS_ENDPOINT_URL: aws.url, AWS_REGION: "eu-west-1", XDG_CACHE_HOME: folder };
  return runCli(["doctor", "orders", ...via, ...argv], env).finally(() => jest.restoreAllMocks());
};

test("asks IAM's simulator about this login, with the tag as it has to be", async () => {
  answers["SimulatePrincipalPolicy"] = "<EvalDecision>implicitDeny</EvalDecision>";
  const { code, out } = await doctor("--json");
  expect([code, JSON.parse(out).cause.code]).toEqual([1, "policy-denied"]);
  expect(Object.fromEntries(asked.get("SimulatePrincipalPolicy")!)).toMatchObject({
    PolicySourceArn: ARN,
    "ActionNames.member.1": "rds-db:connect",
    "ResourceArns.member.1": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:cluster-A/sl_jane.doe",
    "ContextEntries.member.1.ContextKeyName": "aws:PrincipalTag/UserName",
    "ContextEntries.member.1.ContextKeyValues.member.1": "jane.doe",
  });
  expect(Object.fromEntries(asked.get("DescribeDBClusters")!)).toMatchObject({
    DBClusterIdentifier: "orders",
  });
});

test("does not count a simulation that lacks the value of a condition", async () => {
  answers["SimulatePrincipalPolicy"] =
    "<EvalDecision>implicitDeny</EvalDecision><MissingContextValues><member>aws:x</member></MissingContextValues>";
  expect(JSON.parse((await doctor("--json")).out).cause.code).toBe("account-absent");
});

test("asks the preview function what the cluster holds, once the server has refused the account", async () => {
  const account = {
    user: "sl_jane.doe",
    host: "10.9.%",
    plugin: "AWSAuthenticationPlugin",
    locked: true,
    proof: "iam",
  };
  const inventory = { form: 1, prefix: "sl", administrator: {}, observed: { accounts: [account] } };
  const content = gzipSync(JSON.stringify(inventory)).toString("base64");
  answers["invoke"] = { protocol: PROTOCOL, parts: 1, sha256: sha256(content), content };
  expect(JSON.parse((await doctor("--json")).out).cause.code).toBe("account-locked");
});

test("prints the cause, with --all the checks, and the server's own error without what controls a terminal", async () => {
  const { code, out } = await doctor("--all");
  const lines = out.split("\n");
  expect(code).toBe(1);
  expect(lines[0]).toBe(
    "orders has no account sl_jane.doe that logs in by token from here (it lets no account in from this address): " +
      "check its spelling and capital letters, and ask whether the grant was applied.",
  );
  expect(out).toMatch(/^policies +not seen +IAM answered .* to iam:ListRolePolicies$/m);
  expect(lines.at(-1)).toBe(
    `The server's own error 1130: "Host '10.1.2.3' is not allowed to connect \\u{1b}[31m"`,
  );
  expect((await doctor()).out.split("\n")).toHaveLength(2);
});

test("says that nothing says where the cluster is, with a code", async () => {
  rmSync("terraform.a.tfstate");
  const { code, out } = await doctor("--json");
  expect([code, JSON.parse(out).cause]).toMatchObject([
    1,
    { code: "place", text: expect.stringMatching(/^Nothing says where orders is/) },
  ]);
});
