import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { errorPayload } from "../../../../cli/proxy/packets";
import { credentialsCode } from "../../../../cli/terminal/aws-problem";
import { inTime } from "../../../../cli/terminal/in-time";
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
let times: string[];
/** More of the environment of the command, which the SDK does not see. */
let profile: Readonly<Record<string, string>>;
let answers: Record<string, object | string | undefined>;
let aws: Awaited<ReturnType<typeof fakeAws>>;
let database: Server;

beforeEach(async () => {
  const own = Object.entries(before.env).filter(([name]) => !name.startsWith("AWS_"));
  process.env = Object.fromEntries(own);
  asked = new Map();
  times = [];
  profile = {};
  answers = { ...ANSWERS };
  aws = await fakeAws((_, body) => {
    const parameters = new URLSearchParams(body);
    const action = parameters.get("Action") ?? "invoke";
    asked.set(action, parameters);
    times.push(action);
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
  writeState();
});
afterEach(() => {
  process.env = before.env;
  process.chdir(before.cwd);
  rmSync(folder, { recursive: true, force: true });
  aws.close();
  database.close();
});

/** Writes a state of Terraform with the cluster's registry entry. */
function writeState(more: object = {}): void {
  const credentials = { secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x" };
  const place = { host: HOST, port: 3306, region: "eu-west-1", prefix: "sl", resourceId: "cluster-A" };
  const attributes = { insecure_value: JSON.stringify({ ...place, credentials, ...more }) };
  const resource = { type: "aws_ssm_parameter", name: "orders-registry", instances: [{ attributes }] };
  writeFileSync("terraform.a.tfstate", JSON.stringify({ resources: [resource] }));
}

const NOW = new Date("2026-11-20T12:00:00Z");
/** The fixed moment of the command line is that of AWS, too. */
const doctor = (...argv: string[]) => {
  jest
    .spyOn(Headers.prototype, "get")
    .mockImplementation(name => (name === "date" ? NOW.toUTCString() : null));
  const via = ["--via", `127.0.0.1:${(database.address() as AddressInfo).port}`];
  const env = { ...profile, AWS_ENDPOINT_URL: aws.url, AWS_REGION: "eu-west-1", XDG_CACHE_HOME: folder };
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
    host: "10.1.%",
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
    "Most likely: orders has no account sl_jane.doe that logs in by token from here (it lets no account in from this address): " +
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

const clusterXml = (id: string, endpoint: string) =>
  `<DBCluster><DbClusterResourceId>${id}</DbClusterResourceId><Endpoint>${endpoint}</Endpoint><Port>3306</Port>` +
  "<IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled><Status>available</Status></DBCluster>";
const checkOf = async (name: string, ...argv: string[]) =>
  JSON.parse((await doctor("--json", ...argv)).out).checks.find(
    ({ check }: { check: string }) => check === name,
  );
/** Registers the cluster at a name that is no endpoint of its own, so that RDS is asked by resource ids. */
const byResourceIds = (host: string) => writeState({ host, nextResourceIds: ["cluster-NEXT"] });

test("of clusters that RDS finds by resource ids, the one with the endpoint counts", async () => {
  const host = "orders.cluster-custom-c1x2.eu-west-1.rds.amazonaws.com";
  byResourceIds(host);
  answers["DescribeDBClusters"] =
    clusterXml("cluster-NEXT", "next.example.com") + clusterXml("cluster-A", host);
  expect(await checkOf("cluster")).toMatchObject({ result: "ok", text: "cluster-A" });
});

test("an empty answer to a filter does not say that the cluster is gone", async () => {
  byResourceIds("orders.cluster-custom-c1x2.eu-west-1.rds.amazonaws.com");
  answers["DescribeDBClusters"] = "<DBClusters></DBClusters>";
  expect(await checkOf("cluster")).toMatchObject({ result: "not seen" });
});

test.each<[string, object | string | undefined, string]>([
  ["an error of credentials", "<Code>ExpiredToken</Code>", "wrong"],
  ["an error of another kind", "<Code>AccessDenied</Code>", "not seen"],
  ["the root user", "<Arn>arn:aws:iam::111122223333:root</Arn>", "ok"],
])("STS with %s", async (_, answer, result) => {
  answers["GetCallerIdentity"] = answer;
  expect(await checkOf("caller", "--as", "sl_jane.doe")).toMatchObject({ result });
});

test("asks a provider of credentials once", async () => {
  const program = join(folder, "provider.sh");
  const keys = JSON.stringify({ Version: 1, AccessKeyId: "AKIDEXAMPLE", SecretAccessKey: "secret" });
  writeFileSync(program, `echo x >> '${folder}/asked'\necho '${keys}'\n`);
  writeFileSync("config", `[default]\ncredential_process = sh "${program}"\n`);
  delete process.env["AWS_ACCESS_KEY_ID"];
  delete process.env["AWS_SECRET_ACCESS_KEY"];
  process.env["AWS_CONFIG_FILE"] = join(folder, "config");
  expect(await checkOf("credentials")).toMatchObject({ result: "ok" });
  expect(times.length).toBeGreaterThan(3);
  expect(readFileSync("asked", "utf8")).toBe("x\n");
});

test("stops waiting for the preview function", async () => {
  const end = jest.spyOn(AbortSignal, "timeout");
  expect(await doctor()).toMatchObject({ code: 1 });
  expect(end).toHaveBeenCalledWith(15_000);
});

test("a result that does not come in time is an error", async () => {
  await expect(inTime(new Promise(() => {}), 20)).rejects.toMatchObject({ name: "TimeoutError" });
  await expect(inTime(Promise.resolve(1), 20)).resolves.toBe(1);
});

test("credentials that Parameter Store does not know have their code, and the profile is named", async () => {
  rmSync("terraform.a.tfstate");
  answers["invoke"] = { __type: "UnrecognizedClientException", message: "no" };
  profile = { AWS_PROFILE: "dev" };
  expect(JSON.parse((await doctor("--json")).out).cause).toMatchObject({
    code: "credentials-refused",
    text: expect.stringContaining("of the profile dev"),
  });
});

test("an error of credentials has its code, where Parameter Store is asked", () => {
  const named = (name: string) => Object.assign(new Error("x"), { name });
  expect(credentialsCode(named("CredentialsProviderError"))).toBe("no-credentials");
  expect(credentialsCode(named("UnrecognizedClientException"))).toBe("credentials-refused");
  expect(credentialsCode(named("TimeoutError"))).toBeUndefined();
});
