import { credentialsProblem, LOG_IN } from "../terminal/aws-problem";
import type { Io } from "../terminal/command";
import { CallFailedError, reasonOf, UsageError } from "../terminal/errors";
import { signedHeaders } from "../terminal/invoke-function";

/** Who the AWS credentials are, as STS says. */
export interface Caller {
  readonly arn: string;
  readonly accountId: string;
  /** The name of the session or of the IAM user. */
  readonly name: string;
}

/**
 * Asks STS who the credentials are. Everybody may ask that. By one signed request, as for functions.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 * @throws AwsProblemError, CallFailedError
 * @throws UsageError if the caller is no person: the root user
 */
export async function callerIdentity(region: string, io: Io): Promise<Caller> {
  const what = "AWS could not be asked who you are";
  const url = new URL(endpoint(region, io));
  const body = "Action=GetCallerIdentity&Version=2011-06-15";
  const signing = { url, body, region, service: "sts", type: "application/x-www-form-urlencoded" };
  const headers = await signedHeaders(signing).catch((cause: unknown) => {
    throw credentialsProblem({ what, hint: LOG_IN }, cause);
  });
  const response = await fetch(url, { method: "POST", headers, body }).catch((cause: unknown) => {
    throw new CallFailedError({ what, reason: reasonOf(cause), hint: "Give the account by --as." }, cause);
  });
  const text = await response.text();
  const [, arn] = /<Arn>([^<]+)<\/Arn>/.exec(text) ?? [];
  if (!response.ok || arn === undefined) {
    const code = /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? `HTTP ${response.status}`;
    throw new CallFailedError({ what, reason: code, hint: LOG_IN }, undefined);
  }
  return callerOf(arn);
}

/** @throws UsageError if the ARN names no user and no session */
export function callerOf(arn: string): Caller {
  const [, , , , accountId = "", ...rest] = arn.split(":");
  const [kind = "", ...path] = rest.join(":").split("/");
  const name = path.at(-1);
  if (name === undefined || !["assumed-role", "federated-user", "user"].includes(kind))
    throw new UsageError(`the AWS credentials are ${arn}, which is no person: give the account by \`--as\``);
  return { arn, accountId, name };
}

function endpoint(region: string, { env }: Io): string {
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return env["AWS_ENDPOINT_URL_STS"] ?? env["AWS_ENDPOINT_URL"] ?? `https://sts.${region}.${suffix}/`;
}
