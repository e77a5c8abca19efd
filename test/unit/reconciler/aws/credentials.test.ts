import { AccessDeniedRetry } from "../../../../lambdas/reconciler/aws/access-denied-retry";
import { AwsCredentialsReader } from "../../../../lambdas/reconciler/aws/credentials";

it("the error about a malformed secret holds no secret", async () => {
  const api = { assumeRole: fail, token: fail, secretText: async () => "hunter2 is no JSON" };
  const entry = { cluster: "orders", region: "r", credentials: { secretArn: "arn:x" } };
  const reading = new AwsCredentialsReader(api, new AccessDeniedRetry()).login(entry as never, false);
  await expect(reading).rejects.toThrow(
    "orders: the secret arn:x holds no JSON object with `username` and `password`",
  );
});

const fail = (): never => {
  throw new Error("not asked for");
};
