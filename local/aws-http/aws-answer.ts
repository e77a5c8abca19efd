import type { ServerResponse } from "node:http";

/**
 * Answers with an error that both of AWS's JSON protocols understand. Without a response, the answer is lost.
 */
export function answerError(
  response: ServerResponse | undefined,
  status: number,
  type: string,
  message: string,
): void {
  response?.writeHead(status, { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": type });
  response?.end(
    JSON.stringify({ __type: type, Type: status >= 500 ? "Service" : "User", message, Message: message }),
  );
}

export function answerJson(response: ServerResponse | undefined, status: number, body: object): void {
  response?.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
  response?.end(JSON.stringify(body));
}

/** An error that the caller gets in the words of AWS. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** AWS's error code, such as `ResourceNotFoundException`. */
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}
