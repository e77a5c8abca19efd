import type { AwsRequest } from "../../../local/aws-http/aws-request";
import { FUNCTION_CREDENTIALS } from "../../../local/aws-http/identity";
import { WatchedIam } from "../../support/iam/watched-iam";

/** The evaluator, and a cloud that reports requests to it. */
function start() {
  let tell: (request: AwsRequest, answer?: string) => void = () => {};
  const iam = new WatchedIam({
    observe: listener => {
      tell = listener;
    },
  });
  const request = (service: string, operation: string, body: unknown, accessKeyId: string) =>
    ({
      service,
      operation,
      body,
      accessKeyId,
      headers: { "user-agent": "aws-sdk-js/3 app/shared-apply" },
    }) as unknown as AwsRequest;
  const form = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString();
  return {
    iam,
    as: (accessKeyId: string, service: string, operation: string, body: unknown) =>
      tell(request(service, operation, body, accessKeyId)),
    terraform: (Action: string, parameters: Record<string, string>) =>
      tell(
        request("iam", Action, form({ Action, ...parameters }), "any"),
        "<Arn>arn:aws:iam::1:role/r</Arn>",
      ),
    assume: (RoleArn: string) =>
      tell(
        request("sts", "AssumeRole", form({ RoleArn, RoleSessionName: "@orders" }), OWN),
        "<AccessKeyId>ASIAONE</AccessKeyId>",
      ),
  };
}
const OWN = FUNCTION_CREDENTIALS.accessKeyId;
const READ = { Name: "/shared/orders" };

describe("the evaluator of recorded calls", () => {
  it("does not pass where no call was heard", async () => {
    await expect(start().iam.denied()).rejects.toThrow("no call of a function was heard");
  });

  it("denies what no policy allows", async () => {
    const { as, iam, terraform } = start();
    terraform("CreateRole", { RoleName: "shared-apply", AssumeRolePolicyDocument: "{}" });
    as(OWN, "ssm", "GetParameter", READ);
    expect(await iam.denied()).toEqual([expect.stringMatching(/^shared-apply: ssm:GetParameter on /)]);
  });

  it("does not pass where a session belongs to no role that is known", async () => {
    const { as, iam } = start();
    as(OWN, "ssm", "GetParameter", READ);
    as("ASIATWO", "dynamodb", "GetItem", {});
    await expect(iam.denied()).rejects.toThrow("the session ASIATWO of no known role: GetItem");
  });

  it("does not pass where a role without a known trust policy is assumed", async () => {
    const { assume, iam } = start();
    assume("arn:aws:iam::123456789012:role/shared/other");
    await expect(iam.denied()).rejects.toThrow(
      /shared-apply assumes .*role\/shared\/other, whose trust policy/,
    );
  });
});
