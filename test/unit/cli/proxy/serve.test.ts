import net, { type AddressInfo, createServer, type Server, Socket } from "node:net";
import { createConnection } from "mysql2/promise";
import { CLIENT, greetingPayload } from "../../../../cli/proxy/handshake";
import { errorPayload, writePacket } from "../../../../cli/proxy/packets";
import { type LocalProxy, startProxy } from "../../../../cli/proxy/serve";

const HOST = "orders.cluster-c1x2.eu-west-1.rds.amazonaws.com";
const login = { user: "sl_jane.doe", password: "the-local-password" };
let proxy: LocalProxy;
let server: Server;
let reports: string[];
/** The connections that the server got, and those of them that are over. */
let [opened, ended] = [0, 0];

/** A server that offers TLS, and says nothing more after its greeting. */
const greet = (socket: Socket) => {
  const capabilities =
    CLIENT.SSL | CLIENT.PROTOCOL_41 | CLIENT.SECURE_CONNECTION | CLIENT.PLUGIN_AUTH | CLIENT.CONNECT_WITH_DB;
  const greeting = { version: "8.0.36", threadId: 7, capabilities, charset: 45, status: 2 };
  const payload = greetingPayload(greeting, Buffer.alloc(20, "x"), "caching_sha2_password");
  writePacket(socket, { sequence: 0, payload });
};

async function serve(onConnection: (socket: Socket) => void) {
  [reports, opened, ended] = [[], 0, 0];
  const own = createServer(socket => {
    opened++;
    // One of the test before may end late.
    socket.on("error", () => {}).on("close", () => server === own && ended++);
    socket.resume();
    onConnection(socket);
  });
  server = own;
  await new Promise<void>(resolve => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const via = { host: "127.0.0.1", port };
  proxy = await startProxy({
    upstream: { host: HOST, port: 3306, via, ca: "", user: login.user, token: async () => "token" },
    login,
    port: 0,
    report: problem => void reports.push(problem),
  });
}

const dial = async (password: string) => {
  const options = { host: "127.0.0.1", port: proxy.port, user: login.user, password, connectTimeout: 60_000 };
  return createConnection(options).then(
    () => "connected",
    (error: Error) => error.message,
  );
};

afterEach(async () => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  await proxy.close();
  await new Promise(resolve => server.close(resolve));
});

const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const SOCKETS_OWN = ["setImmediate", "nextTick", "queueMicrotask", "hrtime", "performance"] as const;

/** Stops the clock; timers run. */
function stopClock(now = Date.now()): void {
  const timers = ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] as const;
  jest.useFakeTimers({ now, doNotFake: [...SOCKETS_OWN, ...timers] });
}

test("150 clients without the password open at most 10 connections to the server, then one a pause", async () => {
  stopClock();
  await serve(greet);
  const answers = await Promise.all(Array.from({ length: 150 }, () => dial("wrong")));
  expect(opened).toBeGreaterThanOrEqual(5);
  expect(opened).toBeLessThanOrEqual(10);
  expect(new Set(answers.map(answer => answer.replace(/\d+ s$/, "n s")))).toEqual(
    new Set([
      "Access denied: the user and the password that aurora-users printed are needed here",
      "too many logins failed at 127.0.0.1: try again in n s",
    ]),
  );
  for (let turn = 0; turn < 3; turn++) {
    jest.setSystemTime(Date.now() + 60_000);
    const before = opened;
    await Promise.all(Array.from({ length: 20 }, () => dial("wrong")));
    expect(opened - before).toBe(1);
  }
});

test("a client with the password ends the pauses", async () => {
  stopClock();
  await serve(greet);
  for (let turn = 0; turn < 6; turn++) await dial("wrong");
  expect([opened, await dial(login.password)]).toEqual([5, expect.stringContaining("try again in 1 s")]);
  jest.setSystemTime(Date.now() + 1000);
  const proved = dial(login.password);
  while (opened < 6) await later(5);
  await later(100);
  for (let turn = 0; turn < 6; turn++) await dial("wrong");
  expect(opened).toBe(11);
  await proxy.close();
  await proved;
});

test("a client that hangs up while the server is reached ends that connection, and counts as failed", async () => {
  stopClock();
  await serve(() => {});
  for (let turn = 0; turn < 7; turn++) {
    const client = new Socket().connect(proxy.port, "127.0.0.1").on("error", () => {});
    await later(50);
    client.resetAndDestroy();
    await later(50);
    expect(ended).toBe(opened);
  }
  expect(opened).toBe(5);
});

test("a server that never answers: the report names it, and a client without the password hears no name", async () => {
  await serve(() => {});
  jest.useFakeTimers({ doNotFake: [...SOCKETS_OWN] });
  const answer = dial("wrong");
  while (opened === 0) await new Promise(resolve => setImmediate(resolve));
  jest.advanceTimersByTime(15_000);
  expect(await answer).toBe("the server cannot be reached: aurora-users says why");
  const { port } = server.address() as AddressInfo;
  expect(reports).toEqual([`no answer from 127.0.0.1:${port} in 15 s`]);
});

test("a name with several addresses: the report has the reason of each", async () => {
  await serve(() => {});
  const cause = new AggregateError([new Error("one ECONNREFUSED"), new Error("two ETIMEDOUT")]);
  jest.spyOn(net, "connect").mockImplementation(() => new Socket().destroy(cause));
  const client = new Socket().connect(proxy.port, "127.0.0.1");
  while (reports.length === 0) await later(5);
  expect(reports).toEqual(["one ECONNREFUSED; two ETIMEDOUT"]);
  client.destroy();
});

test("a server's own text is on one line, without control characters", async () => {
  const payload = errorPayload(1129, "Host is\nblocked\u001b[2J");
  await serve(socket => writePacket(socket, { sequence: 0, payload }));
  expect(await dial("wrong")).toBe("the server cannot be reached: aurora-users says why");
  expect(reports).toEqual(["the server refused: Host is blocked\\u{1b}[2J"]);
});
