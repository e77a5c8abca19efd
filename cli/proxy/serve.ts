import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { greetClient, type LocalLogin } from "./local-login";
import { errorPayload, writePacket } from "./packets";
import { logInToServer, reachServer, ServerError, type Upstream } from "./server-login";

/** How long a login may take, in ms: as long as a server waits by default, and a little more. */
const LOGIN_TIMEOUT = 15_000;
const MAX_CONNECTIONS = 200;
const ACCESS_DENIED = 1045;
const UNKNOWN_ERROR = 1105;

export interface ProxyProps {
  readonly upstream: Upstream;
  readonly login: LocalLogin;
  /** 0: any free one. */
  readonly port: number;
  /** What went wrong with a connection, for the person who started the proxy. */
  readonly report: (problem: string) => void;
}

/** A proxy that listens on 127.0.0.1. */
export interface LocalProxy {
  readonly port: number;
  /** Ends it, with its connections. */
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1. Each connection that knows the local password gets one of its own to the real server,
 * by a fresh token over verified TLS; then the bytes pass as they are.
 * @throws the system's error if the port is taken
 */
export async function startProxy(props: ProxyProps): Promise<LocalProxy> {
  const open = new Set<Duplex>();
  const keep = (socket: Duplex): void => {
    open.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => open.delete(socket));
  };
  const server = createServer({ noDelay: true, keepAlive: true }, client => {
    keep(client);
    void serveClient(client, props, keep);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(props.port, "127.0.0.1", resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => closed(server, open) };
}

function closed(server: Server, open: ReadonlySet<Duplex>): Promise<void> {
  for (const socket of open) socket.destroy();
  return new Promise(resolve => server.close(() => resolve()));
}

async function serveClient(client: Socket, props: ProxyProps, keep: (socket: Duplex) => void): Promise<void> {
  const mine: Duplex[] = [client];
  const keepMine = (socket: Duplex): void => {
    mine.push(socket);
    keep(socket);
  };
  const end = () => {
    for (const socket of mine) socket.destroy();
  };
  const timer = setTimeout(end, LOGIN_TIMEOUT);
  try {
    const server = await join(client, props, keepMine);
    if (server) return pipeBoth(client, server);
    client.end(end);
  } catch {
    end();
  } finally {
    clearTimeout(timer);
  }
}

/** The connection to the real server, once both sides are logged in; undefined if the client got an error. */
async function join(
  client: Socket,
  { login, report, upstream }: ProxyProps,
  keep: (socket: Duplex) => void,
): Promise<Duplex | undefined> {
  const fail = (sequence: number, cause: unknown, state?: string): undefined => {
    const isServers = cause instanceof ServerError;
    const message = cause instanceof Error ? cause.message : String(cause);
    const payload = isServers ? cause.payload : errorPayload(UNKNOWN_ERROR, message, state);
    report(isServers ? serverText(payload) : message);
    writePacket(client, { sequence, payload });
  };
  let greeted: Awaited<ReturnType<typeof reachServer>>;
  try {
    greeted = await reachServer(upstream, keep);
  } catch (cause) {
    return fail(0, cause);
  }
  const local = await greetClient(client, greeted.greeting, login).catch((cause: unknown) =>
    fail(2, cause, "HY000"),
  );
  if (!local) return undefined;
  const { hello, isKnown, sequence, success } = local;
  if (!isKnown) {
    const denied = `Access denied: user ${login.user} and the password that aurora-users printed are needed here`;
    report(`a client was refused: it has another user or password`);
    writePacket(client, { sequence, payload: errorPayload(ACCESS_DENIED, denied, "28000") });
    return undefined;
  }
  try {
    const found = await logInToServer(greeted, upstream, hello, keep);
    if (success) writePacket(client, { sequence, payload: success });
    writePacket(client, { sequence: success ? sequence + 1 : sequence, payload: found.success });
    return found.server;
  } catch (cause) {
    return fail(sequence, cause, "HY000");
  }
}

/** The text of a server's error, without number and state. */
const serverText = (payload: Buffer): string =>
  `the server refused: ${payload.toString("utf8", 3).replace(/^#.{5}/, "")}`;

/** From here on both sides speak to each other. When one has gone, so does the other. */
function pipeBoth(client: Duplex, server: Duplex): void {
  client.pipe(server);
  server.pipe(client);
  client.once("close", () => server.destroy());
  server.once("close", () => client.destroy());
}
