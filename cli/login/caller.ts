import { credentialsProblem, LOG_IN } from "../terminal/aws-problem";
import { askByQuery, textOf } from "../terminal/aws-query";
import type { Io } from "../terminal/command";
import { CallFailedError, reasonOf, UsageError } from "../terminal/errors";

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
  const question = { service: "sts", region, action: "GetCallerIdentity" } as const;
  const { code, text } = await askByQuery(question, io).catch((cause: unknown) => {
    const isNetwork = cause instanceof TypeError || (cause as { name?: unknown }).name === "TimeoutError";
    if (!isNetwork) throw credentialsProblem({ what, hint: LOG_IN }, cause);
    throw new CallFailedError({ what, reason: reasonOf(cause), hint: "Give the account by --as." }, cause);
  });
  const arn = textOf(text, "Arn");
  if (code !== "" || arn === undefined) {
    const reason = code || "an answer without an ARN";
    throw new CallFailedError({ what, reason, hint: LOG_IN }, undefined);
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
