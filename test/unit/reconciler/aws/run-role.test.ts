import { AccessDeniedRetry } from "../../../../lambdas/reconciler/aws/access-denied-retry";
import { type AssumeRole, RunRole } from "../../../../lambdas/reconciler/aws/run-role";
import { CredentialsError } from "../../../../lambdas/reconciler/runtime/errors";

const ARN = "arn:aws:iam::111122223333:role/aurora-users/aurora-users.orders-apply";
const denied = () =>
  Object.assign(new Error("not authorized to perform: sts:AssumeRole"), {
    name: "AccessDenied",
    $metadata: { httpStatusCode: 403 },
  });

/** A clock that only pauses move. */
function stoppedClock() {
  const clock = { ms: 0 };
  const retry = () =>
    new AccessDeniedRetry(
      () => clock.ms,
      async ms => {
        clock.ms += ms;
      },
    );
  return { clock, retry };
}

function sts(answers: (() => never)[] = []) {
  const asked: object[] = [];
  const assumeRole: AssumeRole = async input => {
    asked.push(input);
    answers.shift()?.();
    const AccessKeyId = `KEY${asked.length}`;
    const Credentials = { AccessKeyId, SecretAccessKey: "s", SessionToken: "t", Expiration: new Date(0) };
    return { $metadata: {}, Credentials };
  };
  return { asked, assumeRole };
}

const failWith = (error: Error) => () => {
  throw error;
};

describe("a cluster's run role", () => {
  afterEach(() => jest.useRealTimers());

  it("is assumed for 15 minutes, by the cluster's name, and again five minutes before the end", async () => {
    jest.useFakeTimers({ now: new Date("2027-01-01T00:00:00Z") });
    const { asked, assumeRole } = sts();
    const role = new RunRole({ arn: ARN, cluster: "orders" }, new AccessDeniedRetry(), assumeRole);
    const first = await role.credentials();
    expect(first).toMatchObject({ accessKeyId: "KEY1", expiration: new Date("2027-01-01T00:15:00Z") });
    expect(asked).toEqual([{ RoleArn: ARN, RoleSessionName: "@orders", DurationSeconds: 900 }]);
    jest.setSystemTime(new Date("2027-01-01T00:09:59Z"));
    expect(await role.credentials()).toBe(first);
    jest.setSystemTime(new Date("2027-01-01T00:10:00Z"));
    expect(await role.credentials()).toMatchObject({ accessKeyId: "KEY2" });
    expect(asked).toHaveLength(2);
  });

  it("is assumed once for calls that come at the same time", async () => {
    const { asked, assumeRole } = sts();
    const role = new RunRole({ arn: ARN, cluster: "orders" }, new AccessDeniedRetry(), assumeRole);
    await Promise.all([role.credentials(), role.credentials(), role.credentials()]);
    expect(asked).toHaveLength(1);
  });

  it("is asked for again while IAM does not know it yet, for half a minute at most", async () => {
    const { clock, retry } = stoppedClock();
    const { asked, assumeRole } = sts([failWith(denied()), failWith(denied())]);
    const role = new RunRole({ arn: ARN, cluster: "orders" }, retry(), assumeRole, retry());
    expect(await role.credentials()).toMatchObject({ accessKeyId: "KEY3" });
    expect(asked).toHaveLength(3);

    const never = async () => Promise.reject(denied());
    clock.ms = 0;
    const failed = new RunRole({ arn: ARN, cluster: "orders" }, retry(), never, retry()).credentials();
    await expect(failed).rejects.toThrow(
      `orders: its role ${ARN} could not be assumed: AccessDenied: not authorized to perform: sts:AssumeRole. ` +
        "Deploy the stack with the Reconciler, then the cluster's stack: both must allow it",
    );
    expect(clock.ms).toBeGreaterThan(20_000);
    expect(clock.ms).toBeLessThanOrEqual(30_000);
  });

  it("lets calls that follow the first time be repeated too, and none after a renewal", async () => {
    const { retry } = stoppedClock();
    const { assumeRole } = sts();
    const calls = retry();
    const role = new RunRole({ arn: ARN, cluster: "orders" }, calls, assumeRole, retry());
    let tries = 0;
    const deniedOnce = async () => (++tries === 1 ? Promise.reject(denied()) : "done");
    await role.credentials();
    expect(await calls.run(deniedOnce)).toBe("done");
    calls.end();
    jest.useFakeTimers({ now: Date.now() + 700_000, doNotFake: ["setTimeout", "nextTick"] });
    await role.credentials();
    tries = 0;
    await expect(calls.run(deniedOnce)).rejects.toThrow("not authorized");
  });

  it("that answered before is not taken for a new one, also by another object", async () => {
    const { clock, retry } = stoppedClock();
    const { assumeRole } = sts();
    const calls = retry();
    const used = new Set<string>();
    const role = () => new RunRole({ arn: ARN, cluster: "orders", used }, calls, assumeRole, retry());
    await role().credentials();
    calls.end();
    await role().credentials();
    await expect(calls.run(async () => Promise.reject(denied()))).rejects.toThrow("not authorized");
    expect(clock.ms).toBe(0);
  });

  it("that is denied is not waited for again in the same call of the function, and is in the next", async () => {
    const { clock, retry } = stoppedClock();
    const calls = retry();
    let isDenied = true;
    const { assumeRole } = sts();
    const answer: AssumeRole = input => (isDenied ? Promise.reject(denied()) : assumeRole(input));
    const role = new RunRole({ arn: ARN, cluster: "orders" }, calls, answer, retry());
    calls.begin(0);
    await expect(role.credentials()).rejects.toThrow(CredentialsError);
    const waited = clock.ms;
    expect(waited).toBeGreaterThan(0);
    await expect(role.credentials()).rejects.toThrow(CredentialsError);
    expect(clock.ms).toBe(waited);
    isDenied = false;
    await expect(role.credentials()).rejects.toThrow(CredentialsError);
    calls.begin(0);
    expect(await role.credentials()).toMatchObject({ accessKeyId: "KEY1" });
  });

  it("is waited for in half of the time that is left at most", async () => {
    const { clock, retry } = stoppedClock();
    const calls = retry();
    calls.begin(0, 10_000);
    const never = async () => Promise.reject(denied());
    const role = new RunRole({ arn: ARN, cluster: "orders" }, calls, never, retry());
    await expect(role.credentials()).rejects.toThrow(CredentialsError);
    expect(clock.ms).toBeGreaterThan(2_000);
    expect(clock.ms).toBeLessThanOrEqual(5_000);
    const first = await new RunRole({ arn: "other", cluster: "b" }, calls, sts().assumeRole).credentials();
    expect(first).toMatchObject({ accessKeyId: "KEY1" });
    const since = clock.ms;
    await expect(calls.run(never)).rejects.toThrow("not authorized");
    expect(clock.ms - since).toBeLessThanOrEqual((10_000 - since) / 2);
  });

  it("says what a VPC without a way to AWS STS needs", async () => {
    const { retry } = stoppedClock();
    const silent = Object.assign(new Error("socket timed out"), { name: "TimeoutError", $metadata: {} });
    const { assumeRole } = sts([failWith(silent)]);
    const failed = new RunRole({ arn: ARN, cluster: "orders" }, retry(), assumeRole, retry()).credentials();
    await expect(failed).rejects.toThrow(CredentialsError);
    await expect(failed).rejects.toThrow(/did not answer.*interface endpoint for STS.*`runRoles: false`/s);
  });
});
