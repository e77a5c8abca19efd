import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";

import type { AwsRequest } from "../aws-http/aws-request";
import { accountHeaders, accountHeadersOf } from "./accounts";

/** Sends a request to moto, with this body. */
export function askMoto(port: number, request: AwsRequest, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { "transfer-encoding": _, connection: __, expect: ___, ...headers } = request.headers;
    const { method, path } = request;
    const onward = httpRequest({
      host: "127.0.0.1",
      port,
      method,
      path,
      headers: { ...headers, ...accountHeaders(request), "content-length": body.length },
    });
    onward.once("error", reject).once("response", resolve).end(body);
  });
}

/** Reads a path from moto with a caller's authorization, which names region and account. */
export const readFromMoto =
  (port: number) =>
  (path: string, authorization: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { authorization, ...accountHeadersOf(authorization) },
    });

/** Copies moto's answer to the response. Without a response, reads it to its end. */
export function relay(answer: IncomingMessage, response: ServerResponse | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    answer.once("end", resolve).once("error", reject);
    if (!response) return void answer.resume();
    const { connection: _, ...headers } = answer.headers;
    response.writeHead(answer.statusCode ?? 500, headers);
    answer.pipe(response);
  });
}

export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
