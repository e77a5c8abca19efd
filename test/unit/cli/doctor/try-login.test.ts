import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tryLogin } from "../../../../cli/doctor/try-login";
import { errorPayload } from "../../../../cli/proxy/packets";

const servers: Server[] = [];
const open: Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** What an attempt finds at a server that does this with a connection. */
async function attempt(greet: (socket: Socket) => void) {
  const server = createServer(socket => {
    open.push(socket);
    socket.on("error", () => {});
    greet(socket);
  });
  servers.push(server);
  await new Promise<void>(resolve => void server.listen(0, "127.0.0.1", resolve));
  const via = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  const login = { user: "sl_jane", token: "secret" };
  const target = { host: "orders.example.com", port: 3306, ca: "", database: undefined };
  return tryLogin({ ...target, via, login, timeout: 200 });
}

test("a time-out says how far it came", async () => {
  expect(await attempt(() => {})).toMatchObject({ kind: "network", code: "TIMEOUT", stage: "connected" });
});

test("an end before any byte is that of a tunnel's far side, and one after some bytes is not", async () => {
  expect(await attempt(socket => socket.end())).toMatchObject({ kind: "network", code: "ENDED" });
  expect(await attempt(socket => socket.end("HTTP/1.1 400 Bad Request\r\n"))).toMatchObject({
    kind: "protocol",
  });
});

test("an error before TLS is not verified, and names the client's host", async () => {
  const payload = errorPayload(1130, "Host '10.1.2.3' is not allowed to connect");
  const packet = Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]);
  expect(await attempt(socket => socket.end(packet))).toMatchObject({
    kind: "refused",
    errno: 1130,
    client: "10.1.2.3",
    isVerified: false,
  });
});
