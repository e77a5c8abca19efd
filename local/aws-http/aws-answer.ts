import type { ServerResponse } from "node:http";

/** Answers in the form that both AWS's JSON protocols understand; no one, when the answer is to be lost. */
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

/** A refusal that the caller gets as AWS words it. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}
