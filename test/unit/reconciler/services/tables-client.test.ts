import { readEnvironment } from "../../../../lambdas/reconciler/runtime/environment";
import { awsServices } from "../../../../lambdas/reconciler/services/aws-services";

const ENVIRONMENT = {
  REGISTRY_PATH: "/aurora-users",
  PROOF_KEY: "arn:aws:kms:eu-west-1:444455556666:key/1",
  LOG_LEVEL: "off",
};

describe("the client of the tables", () => {
  const before = { ...process.env };
  beforeEach(() => {
    process.env["AWS_REGION"] = "eu-west-1";
    process.env["AWS_ACCESS_KEY_ID"] = "key";
    process.env["AWS_SECRET_ACCESS_KEY"] = "secret";
    // Lambda's credentials name the account; the SDK would put it into the name of the host.
    process.env["AWS_ACCOUNT_ID"] = "444455556666";
  });
  afterEach(() => {
    process.env = before;
  });

  it.each([
    [
      "tables of another account and region",
      "arn:aws:dynamodb:us-east-1:111122223333:table/company",
      "us-east-1",
    ],
    ["its own tables", "aurora-users", "eu-west-1"],
  ])("calls the name that an endpoint of a VPC has, for %s", async (_, table, region) => {
    const hosts: string[] = [];
    const handle = async ({ hostname }: { hostname: string }) => {
      hosts.push(hostname);
      throw Object.assign(new Error("no network here"), { $retryable: undefined });
    };
    const environment = readEnvironment({
      ...ENVIRONMENT,
      LEDGER_TABLE: `${table}-ledger`,
      AUDIT_TABLE: `${table}-audit`,
    });
    const options = { maxAttempts: 1, requestHandler: { handle } } as never;
    const { ledger } = awsServices(environment, "apply", undefined, options);
    await expect(ledger.clusters()).rejects.toThrow("no network here");
    expect(hosts).toEqual([`dynamodb.${region}.amazonaws.com`]);
  });
});
