import { targetSessionPolicy } from "../../../../core/contract/target-session-policy";
import { AccessDeniedRetry } from "../../../../lambdas/reconciler/aws/access-denied-retry";
import { AwsCredentialsReader } from "../../../../lambdas/reconciler/aws/credentials";

it("the error about a malformed secret holds no secret", async () => {
  const api = { assumeRole: fail, token: fail, secretText: async () => "hunter2 is no JSON" };
  const entry = { cluster: "orders", region: "r", credentials: { secretArn: "arn:x" } };
  const reading = new AwsCredentialsReader(api, new AccessDeniedRetry()).login(entry as never, undefined);
  await expect(reading).rejects.toThrow(
    "orders: the secret arn:x holds no JSON object with `username` and `password`",
  );
});

const fail = (): never => {
  throw new Error("not asked for");
};

it("assumes the cluster's role with its external id, and with a policy of this cluster alone", async () => {
  const assumed: unknown[] = [];
  const api = {
    assumeRole: async (...given: unknown[]) => {
      assumed.push(given);
      return { accessKeyId: "A", secretAccessKey: "S", sessionToken: "T" };
    },
    token: fail,
    secretText: async () => JSON.stringify({ username: "admin", password: "p" }),
  };
  const assumeRoleArn = "arn:aws:iam::444455556666:role/target";
  const entry = {
    cluster: "orders",
    region: "eu-west-1",
    resourceId: "cluster-A",
    credentials: { secretArn: "arn:x" },
    assumeRoleArn,
  };
  const reader = new AwsCredentialsReader(api, new AccessDeniedRetry());
  await reader.login({ ...entry, externalId: "example-access" } as never, undefined);
  const policy = targetSessionPolicy(entry as never, assumeRoleArn);
  expect(policy).toContain('"arn:x"');
  expect(assumed).toEqual([[assumeRoleArn, "aurora-users-orders", { externalId: "example-access", policy }]]);
});

describe("a login that the server refused", () => {
  const secret = { cluster: "orders", region: "r", credentials: { secretArn: "arn:x" } } as never;
  const refused = { user: "admin", password: "old", token: false };
  let pauses: number[] = [];

  /** A reader of a secret that has one password after the other. */
  const reading = (...passwords: string[]) => {
    pauses = [];
    const secretText = async () => JSON.stringify({ username: "admin", password: passwords.shift()! });
    const wait = async (ms: number) => void pauses.push(ms);
    return new AwsCredentialsReader(
      { assumeRole: fail, token: async () => "t", secretText },
      new AccessDeniedRetry(),
      wait,
    );
  };

  it("makes a read of the secret at once, and more with pauses while it is the same", async () => {
    expect(await reading("new").login(secret, refused)).toMatchObject({ password: "new" });
    expect(pauses).toEqual([]);
    expect(await reading("old", "old", "new").login(secret, refused)).toMatchObject({ password: "new" });
    expect(pauses).toHaveLength(2);
    for (const ms of pauses) expect([ms >= 500, ms <= 1_500]).toEqual([true, true]);
  });

  it("makes three reads at most", async () => {
    expect(await reading("old", "old", "old", "new").login(secret, refused)).toEqual(refused);
    expect(pauses).toHaveLength(2);
  });

  it("makes another token at once, which may have the same text", async () => {
    const entry = { cluster: "orders", region: "r", credentials: { iamUser: "admin" } } as never;
    const token = { user: "admin", password: "t", token: true };
    expect(await reading().login(entry, token)).toEqual(token);
    expect(pauses).toEqual([]);
  });
});
