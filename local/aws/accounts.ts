import type { AwsRequest } from "../aws-http/aws-request";
import { accountOf } from "../aws-http/identity";

/** Moto takes the account from this header. Without it, from the access key of a role that was assumed. */
const HEADER = "x-moto-account-id";

/**
 * The headers that tell moto which account's resources a request is about: the caller's, or that of a table
 * that the request names by its ARN.
 */
export function accountHeaders({ accessKeyId, body, service }: AwsRequest): Record<string, string> {
  const table = service === "dynamodb" ? tableOf(body) : undefined;
  const account = /^arn:[^:]+:dynamodb:[^:]+:(\d{12}):table\//.exec(table ?? "")?.[1];
  return headersOf(account ?? accountOf(accessKeyId));
}

/** The same for a request of which only the signature is known. */
export const accountHeadersOf = (authorization: string): Record<string, string> =>
  headersOf(accountOf(/Credential=([^/,]+)\//.exec(authorization)?.[1] ?? ""));

const headersOf = (account: string | undefined): Record<string, string> =>
  account === undefined ? {} : { [HEADER]: account };

interface TableRequest {
  readonly TableName?: string;
  readonly TransactItems?: readonly { readonly Put?: { readonly TableName?: string } }[];
}

/** A transaction of the functions names one table throughout, or several of one account. */
function tableOf(body: unknown): string | undefined {
  const { TableName, TransactItems = [] } = (body ?? {}) as TableRequest;
  return TableName ?? TransactItems[0]?.Put?.TableName;
}
