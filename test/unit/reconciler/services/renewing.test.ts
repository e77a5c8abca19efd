import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { AccessDeniedRetry } from "../../../../lambdas/reconciler/aws/access-denied-retry";
import { RunRole } from "../../../../lambdas/reconciler/aws/run-role";
import { renewing } from "../../../../lambdas/reconciler/services/renewing";

const COMMAND = new GetItemCommand({ TableName: "ledger", Key: { pk: { S: "orders" } } });

/** A client of a run, and a service that answers each key with an error of that name, or with success. */
function start(answers: Readonly<Record<string, string>>) {
  let assumed = 0;
  const asked: string[] = [];
  const role = new RunRole({ arn: "role", cluster: "orders" }, new AccessDeniedRetry(), async () => {
    const Credentials = { AccessKeyId: `KEY${++assumed}`, SecretAccessKey: "s", SessionToken: "t" };
    return { $metadata: {}, Credentials: { ...Credentials, Expiration: undefined } };
  });
  const handle = async ({ headers }: { headers: Record<string, string> }) => {
    const key = /Credential=(\w+)/.exec(headers["authorization"]!)![1]!;
    asked.push(key);
    const __type = answers[key];
    const body = Buffer.from(JSON.stringify(__type ? { __type, message: "refused" } : {}));
    return { response: { statusCode: __type ? 400 : 200, headers: {}, body } };
  };
  const client = new DynamoDBClient({
    region: "eu-west-1",
    credentials: role.credentials,
    maxAttempts: 1,
    requestHandler: { handle } as never,
  });
  return { asked, client: renewing(client, role.forget) };
}

describe("a run's client", () => {
  it.each(["UnrecognizedClientException", "ExpiredTokenException", "InvalidClientTokenId", "ExpiredToken"])(
    "repeats a call with another session after %s",
    async name => {
      const { asked, client } = start({ KEY1: name });
      await client.send(COMMAND);
      await client.send(COMMAND);
      expect(asked).toEqual(["KEY1", "KEY2", "KEY2"]);
    },
  );

  it("repeats it once, and nothing else", async () => {
    const gone = start({ KEY1: "ExpiredTokenException", KEY2: "ExpiredTokenException" });
    await expect(gone.client.send(COMMAND)).rejects.toThrow("refused");
    expect(gone.asked).toEqual(["KEY1", "KEY2"]);
    const denied = start({ KEY1: "AccessDeniedException" });
    await expect(denied.client.send(COMMAND)).rejects.toThrow("refused");
    expect(denied.asked).toEqual(["KEY1"]);
  });
});
