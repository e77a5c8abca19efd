import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  type RotateSecretCommandInput,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { allowSecretsManager, createFunction, createRole } from "../lambda/uploaded-function";
import { QueueFixture } from "./queue-fixture";

jest.setTimeout(30_000);

const NAME = "service";
const FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:rotate";
const RULES = { AutomaticallyAfterDays: 30 };
/** Writes a new version in its first step, and makes it the current one in its last. */
const ROTATE = `
const ask = async (operation, input) => {
  const authorization = "AWS4-HMAC-SHA256 Credential=any/20200101/eu-central-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=none";
  const headers = { authorization, "content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager." + operation };
  const response = await fetch(process.env.AWS_ENDPOINT_URL, { method: "POST", headers, body: JSON.stringify(input) });
  return response.json();
};
exports.run = async ({ Step, SecretId, ClientRequestToken }) => {
  if (Step === "createSecret")
    await ask("PutSecretValue", { SecretId, ClientRequestToken, SecretString: "new", VersionStages: ["AWSPENDING"] });
  if (Step !== "finishSecret") return;
  const { VersionIdsToStages } = await ask("DescribeSecret", { SecretId });
  const [current] = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes("AWSCURRENT"));
  await ask("UpdateSecretVersionStage", {
    SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: ClientRequestToken, RemoveFromVersionId: current,
  });
};`;

let fixture: QueueFixture;
let secrets: SecretsManagerClient;
beforeAll(async () => {
  fixture = await QueueFixture.start();
  secrets = new SecretsManagerClient(fixture.options);
}, 120_000);
afterAll(async () => {
  secrets?.destroy();
  await fixture?.stop();
});
beforeEach(async () => {
  await fixture.aws.reset();
  await createRole(fixture.aws);
  await createFunction(fixture.aws, "rotate", ROTATE);
  await allowSecretsManager(fixture.aws, "rotate");
  await secrets.send(new CreateSecretCommand({ Name: NAME, SecretString: "old" }));
});

async function rotate(input: Partial<RotateSecretCommandInput> = {}) {
  const command = { SecretId: NAME, RotationLambdaARN: FUNCTION, RotationRules: RULES, ...input };
  const answer = await secrets.send(new RotateSecretCommand(command));
  await fixture.aws.settled();
  return answer;
}
const text = async (VersionStage: string) =>
  (await secrets.send(new GetSecretValueCommand({ SecretId: NAME, VersionStage }))).SecretString;
const payloads = () => fixture.aws.invocations.map(({ payload }) => payload);
const steps = (ARN: string | undefined, ClientRequestToken: string | undefined) =>
  ["createSecret", "setSecret", "testSecret", "finishSecret"].map(Step => ({
    Step,
    SecretId: ARN,
    ClientRequestToken,
  }));

test("a rotation calls the function with its four steps, and later needs no more than the secret's name", async () => {
  const { ARN, VersionId } = await rotate();
  expect(payloads()).toEqual(steps(ARN, VersionId));
  expect([await text("AWSCURRENT"), await text("AWSPREVIOUS")]).toEqual(["new", "old"]);
  expect(await secrets.send(new DescribeSecretCommand({ SecretId: NAME }))).toMatchObject({
    RotationEnabled: true,
    RotationLambdaARN: FUNCTION,
    RotationRules: RULES,
    LastRotatedDate: expect.any(Date),
  });
  const again = await secrets.send(new RotateSecretCommand({ SecretId: NAME }));
  await fixture.aws.settled();
  expect(payloads().slice(4)).toEqual(steps(ARN, again.VersionId));
});

test("a step that fails is followed by all steps again, for the same version", async () => {
  fixture.aws.fault("rotate", "crash", { times: 1 });
  const { ARN, VersionId } = await rotate();
  const all = steps(ARN, VersionId);
  expect(payloads()).toEqual([all[0], ...all]);
  expect(await text("AWSCURRENT")).toBe("new");
});

test("without an immediate rotation, the function only tests a version like the current one", async () => {
  const { ARN, VersionId } = await rotate({ RotateImmediately: false });
  expect(payloads()).toEqual([steps(ARN, VersionId)[2]]);
  expect(await text("AWSCURRENT")).toBe("old");
  await expect(text("AWSPENDING")).rejects.toThrow();
});

test("refused: no function, one that Secrets Manager may not call, and a rotation before the last one's end", async () => {
  await expect(secrets.send(new RotateSecretCommand({ SecretId: NAME }))).rejects.toThrow(
    "No Lambda rotation function ARN is associated with this secret",
  );
  await createFunction(fixture.aws, "other", ROTATE);
  const other = FUNCTION.replace("rotate", "other");
  await expect(rotate({ RotationLambdaARN: other })).rejects.toThrow("cannot invoke the specified Lambda");
  await secrets.send(
    new PutSecretValueCommand({ SecretId: NAME, SecretString: "half", VersionStages: ["AWSPENDING"] }),
  );
  await expect(rotate()).rejects.toThrow("A previous rotation isn't complete");
  await expect(rotate({ SecretId: "missing" })).rejects.toThrow("can't find the secret missing");
  expect(payloads()).toEqual([]);
});
