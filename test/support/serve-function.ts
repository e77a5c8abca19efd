import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A function behind Lambda's own address, on loopback. */
export interface ServedFunction {
  /** For the variable AWS_ENDPOINT_URL_LAMBDA. */
  readonly endpoint: string;
  /** The paths and signatures of all calls. */
  readonly calls: readonly { readonly path: string; readonly authorization: string }[];
  close(): Promise<void>;
}

/** Serves a handler as Lambda does: its answer, or its error with a header that says so. */
export async function serveFunction(
  handler: (payload: unknown) => Promise<unknown>,
): Promise<ServedFunction> {
  const calls: { path: string; authorization: string }[] = [];
  const server = createServer((request, response) => {
    // Commands are processes of their own. In one, the next call could meet a connection that ends just then.
    response.setHeader("connection", "close");
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      calls.push({ path: request.url ?? "", authorization: String(request.headers.authorization) });
      try {
        const answer = await handler(JSON.parse(Buffer.concat(chunks).toString("utf8")));
        response.end(JSON.stringify(answer));
      } catch (error) {
        const { message, name } = error as Error;
        response.setHeader("x-amz-function-error", "Unhandled");
        response.end(JSON.stringify({ errorType: name, errorMessage: message }));
      }
    });
  });
  await new Promise<void>(done => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    close: () => new Promise(done => server.close(() => done())),
  };
}
