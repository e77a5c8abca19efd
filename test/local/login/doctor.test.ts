import { freePort } from "../../../local/process/free-port";
import { DoctorWorld, JANE, type Setup } from "./doctor-fixture";
import { ACCOUNT, startPlainServer } from "./login-fixture";

jest.setTimeout(60_000);

let world: DoctorWorld;
beforeAll(async () => {
  world = await DoctorWorld.start();
}, 600_000);
afterAll(() => world?.stop());
/** What a case started. */
const stopLater: (() => void)[] = [];
afterEach(() => {
  for (const stop of stopLater.splice(0)) stop();
  world.aws.clearFaults();
});

const MINUTE = 60_000;
const DENY = { Effect: "Deny" };
/** Makes an account on the server for the time of a test. */
async function withAccount<T>(sql: string, work: () => Promise<T>): Promise<T> {
  await world.root.query("DROP USER IF EXISTS sl_other");
  await world.root.query("DROP USER IF EXISTS sl_other@'10.9.8.7'");
  for (const statement of sql.split(";")) await world.root.query(statement);
  return work();
}
const BY_TOKEN = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL";
/** Another account, which the session's policy names. */
const other = (): Setup => ({ argv: ["--as", "sl_other"], policy: world.policy("*/*"), jane: null });

/** Each set-up is broken in one thing; the code of what has to be named first. */
const BROKEN: readonly [code: string, what: string, setup: () => Setup | Promise<Setup>][] = [
  [
    "no-credentials",
    "no credentials",
    () => ({ env: { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" }, isApart: true }),
  ],
  [
    "credentials-over",
    "credentials that are over",
    () => ({ env: { AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z" } }),
  ],
  ["clock", "a clock that is 20 minutes ahead", () => ({ ahead: 20 * MINUTE, isRefused: true })],
  ["clock", "a clock that is 20 minutes behind", () => ({ ahead: -20 * MINUTE, isRefused: true })],
  [
    "credentials-refused",
    "keys that AWS does not know",
    () => {
      world.aws.faultService(
        ({ service, operation }) => service === "sts" && operation === "GetCallerIdentity",
        // STS answers XML, a fault of the local cloud JSON: the code is in its text.
        { status: 403, type: "Error", message: "<Code>InvalidClientTokenId</Code>" },
      );
      return { isRefused: true };
    },
  ],
  ["wrong-account", "a session of another AWS account", () => ({ account: "222222222222", isRefused: true })],
  [
    "wrong-region",
    "an entry with another region than the endpoint's",
    () => ({ entry: { region: "us-west-2" } }),
  ],
  ["no-grant", "no grant in the users folder", () => ({ session: "john.roe" })],
  [
    "cluster-absent",
    "a cluster that is gone",
    () => ({ host: world.good.host.replace("orders", "old-orders"), isRefused: true }),
  ],
  [
    "iam-authentication-off",
    "IAM authentication off",
    () => ({ host: world.off.host, entry: { resourceId: world.off.id } }),
  ],
  ["resource-id", "a restored cluster", () => ({ entry: { resourceId: "cluster-BEFORE" }, isRefused: true })],
  [
    "tag-case",
    "capital letters in the name of the session",
    () => ({ session: "Jane.Doe", isRefused: true }),
  ],
  ["tag", "another tag on the role", () => ({ tags: { UserName: "john.roe" }, isRefused: true })],
  ["policy-absent", "no policy", () => ({ policy: null, isRefused: true })],
  [
    "policy-resource-id",
    "a policy for another cluster",
    () => ({ policy: world.policy("cluster-X/sl_jane.doe"), isRefused: true }),
  ],
  [
    "policy-account",
    "a policy for other accounts",
    () => ({ policy: world.policy(`${world.good.id}/sl_john.roe`), isRefused: true }),
  ],
  [
    "policy-denied",
    "a policy that denies",
    () => {
      const deny = world.policy("*/*", DENY) as { Statement: object[] };
      const allow = world.policy() as { Statement: object[] };
      return { policy: { ...allow, Statement: [...allow.Statement, ...deny.Statement] }, isRefused: true };
    },
  ],
  [
    "policy-conditions",
    "a policy with a condition that the session does not meet",
    () => ({
      policy: world.policy(undefined, { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }),
      isRefused: true,
    }),
  ],
  ["token-name", "a name of one's own for the endpoint", () => ({ host: "localhost" })],
  ["token-port", "another port", () => ({ entry: { port: 3307 } })],
  ["dns", "a name without an address", () => ({ argv: ["--via", "no-such-host.invalid:3306"] })],
  ["network", "nothing that listens", async () => ({ argv: ["--via", `127.0.0.1:${await freePort()}`] })],
  [
    "no-tls",
    "a server without TLS",
    async () => {
      const plain = await startPlainServer();
      stopLater.push(plain.stop);
      return { argv: ["--via", `127.0.0.1:${plain.port}`] };
    },
  ],
  ["tls-authority", "another authority", () => ({ argv: ["--ca", world.login.otherCa] })],
  [
    "tls-name",
    "a tunnel to another cluster",
    () => ({ argv: ["--host", world.good.host.replace("cluster-", "cluster-ro-")] }),
  ],
  [
    "not-declared",
    "an account that the users folder does not have",
    () => ({ argv: ["--as", "sl_nobody"], policy: world.policy("*/*") }),
  ],
  [
    "account-absent",
    "an account that is not there",
    () => ({ argv: ["--as", "sl_nobody"], policy: world.policy("*/*"), jane: null }),
  ],
  [
    "expired",
    "a grant that ended",
    () => ({ jane: JANE("role: read, expires: 2026-01-31"), isRefused: true }),
  ],
  [
    "suspended",
    "a suspended person",
    () => ({ jane: JANE("role: read", "suspended: true\n"), isRefused: true }),
  ],
  [
    "account-locked",
    "a locked account",
    () => withAccount(`CREATE USER sl_other ${BY_TOKEN} ACCOUNT LOCK`, async () => other()),
  ],
  [
    "account-absent",
    "an account with a password",
    () => withAccount("CREATE USER sl_other IDENTIFIED BY 'Hand-made-1'", async () => other()),
  ],
  [
    "account-absent",
    "an account of another host",
    () => withAccount(`CREATE USER sl_other@'10.9.8.7' ${BY_TOKEN}`, async () => other()),
  ],
  [
    "account-limit",
    "an account at its limit",
    () =>
      withAccount(`CREATE USER sl_other ${BY_TOKEN} WITH MAX_CONNECTIONS_PER_HOUR 1`, async () => {
        await world.diagnose(other());
        return other();
      }),
  ],
  ["database", "a database without access", () => ({ argv: ["--database", "mysql"] })],
  ["token-refused", "a refusal that nothing shows", () => ({ isRefused: true })],
  [
    "role-not-in-force",
    "a role that was not applied",
    () =>
      withAccount(`CREATE USER sl_other ${BY_TOKEN};GRANT SELECT ON orders.* TO sl_other`, async () => ({
        ...other(),
        jane: JANE("role: write").replaceAll("jane.doe", "other"),
      })),
  ],
];

test.each(BROKEN)("names %s first for %s", async (code, _, setup) => {
  const report = await world.diagnose(await setup());
  expect(report.cause).toMatchObject({ code });
  expect(report.code).toBe(1);
  expect(report.printed).not.toMatch(/X-Amz-Signature|X-Amz-Security-Token/);
});

test("more than 20 set-ups are broken", () => {
  expect(new Set(BROKEN.map(([code]) => code)).size).toBeGreaterThan(20);
});

describe("finds nothing", () => {
  test.each<[string, () => Setup]>([
    ["on a healthy set-up", () => ({})],
    ["without a users folder", () => ({ jane: null })],
    [
      "where a policy names the account, and the session has another name",
      () => ({ session: "jd", argv: ["--as", ACCOUNT], policy: world.policy(`${world.good.id}/${ACCOUNT}`) }),
    ],
    [
      "where AWS shows neither the cluster nor the policies",
      () => {
        for (const service of ["rds", "iam"])
          world.aws.faultService(
            request => request.service === service && /^(Describe|Get|List)/.test(request.operation),
            "deny",
          );
        return {};
      },
    ],
  ])("%s", async (_, setup) => {
    const report = await world.diagnose(setup());
    expect(report).toMatchObject({ code: 0, cause: null });
  });
});

test("says what it did not see, and prints the cause, the checks and the server's error", async () => {
  const { checks } = await world.diagnose({ isRefused: true });
  expect(checks.find(({ check }) => check === "account")).toMatchObject({ result: "not seen" });
  expect(checks.find(({ check }) => check === "policies")).toMatchObject({ result: "ok" });
  expect(checks.map(({ result }) => result)).not.toContain("wrong");
});
