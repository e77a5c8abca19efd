import { CALLER_CREDENTIALS, unsignedAuthorization } from "../aws-http/identity";
import { LocalError } from "../process/local-error";

/** What Lambda answered to a call of a function. */
export interface Answer {
  /** The function's result as JSON; empty if it has none. */
  readonly text: string;
  readonly requestId: string | null;
  readonly functionError: string | null;
}

/**
 * Calls a function through an endpoint of Lambda.
 * @throws LocalError when Lambda refuses the call, or does not answer
 */
export async function callFunction(
  endpoint: string,
  name: string,
  { payload, qualifier }: { readonly payload: unknown; readonly qualifier?: string | undefined },
): Promise<Answer> {
  const query = qualifier ? `?Qualifier=${qualifier}` : "";
  const path = `/2015-03-31/functions/${encodeURIComponent(name)}/invocations${query}`;
  const headers = {
    authorization: unsignedAuthorization(CALLER_CREDENTIALS.accessKeyId, "lambda"),
    "content-type": "application/json",
  };
  const response = await fetch(endpoint + path, {
    method: "POST",
    headers,
    body: JSON.stringify(payload),
  }).catch(cause => {
    throw new LocalError(`the call of ${name} got no answer`, { cause });
  });
  const text = await response.text();
  if (!response.ok) throw new LocalError(`Lambda refused the call of ${name}: ${response.status} ${text}`);
  return {
    text,
    requestId: response.headers.get("x-amzn-requestid"),
    functionError: response.headers.get("x-amz-function-error"),
  };
}
