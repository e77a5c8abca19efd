import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** An endpoint of AWS that answers JSON or a text, an error's XML included; undefined: denied. */
export async function fakeAws(answer: (target: string, body: string) => object | string | undefined) {
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", chunk => {
      body += chunk;
    });
    request.on("end", () => {
      const found = answer(String(request.headers["x-amz-target"]), body);
      const isError =
        found === undefined ||
        (typeof found === "string" ? found.startsWith("<Code>") : Object.hasOwn(found, "__type"));
      response.statusCode = isError ? 400 : 200;
      const denied = { __type: "AccessDeniedException", message: "no" };
      response.end(typeof found === "string" ? found : JSON.stringify(found ?? denied));
    });
  });
  await new Promise<void>(resolve => void server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
