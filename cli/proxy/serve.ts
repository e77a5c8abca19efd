import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { printable } from "../../core/printable";
import { greetClient, type LocalLogin } from "./local-login";
import { LoginGate } from "./login-gate";
import { errorPayload, ProtocolError, writePacket } from "./packets";
import { type Greeted, logInToServer, reachServer, ServerError, type Upstream } from "./server-login";

/** How long each step of a login may take, in ms: as long as a server waits by default, and a little more. */
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
  const gate = new LoginGate();
  const report = (problem: string): void => props.report(printable(problem));
  const keep = (socket: Duplex): void => {
    open.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => open.delete(socket));
  };
  const server = createServer({ noDelay: true, keepAlive: true }, client => {
    keep(client);
    void serveClient({ client, gate, keep, props: { ...props, report } });
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(props.port, "127.0.0.1", resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => closed(server, open) };
}

/** TLS before what it is on: in the other order Node 20 can crash (a segmentation fault). */
const tlsFirst = (sockets: Iterable<Duplex>): Duplex[] =>
  [...sockets].sort((a, b) => Number(b instanceof TLSSocket) - Number(a instanceof TLSSocket));

function closed(server: Server, open: ReadonlySet<Duplex>): Promise<void> {
  for (const socket of tlsFirst(open)) socket.destroy();
  return new Promise(resolve => server.close(() => resolve()));
}

interface Session {
  readonly client: Socket;
  readonly gate: LoginGate;
  readonly keep: (socket: Duplex) => void;
  readonly props: ProxyProps;
}

async function serveClient({ client, keep, ...session }: Session): Promise<void> {
  const mine: Duplex[] = [client];
  const keepMine = (socket: Duplex): void => {
    mine.push(socket);
    keep(socket);
    // The client may have gone before.
    if (client.destroyed) socket.destroy();
  };
  const end = () => {
    for (const socket of tlsFirst(mine)) socket.destroy();
  };
  client.once("close", end);
  try {
    const server = await join({ ...session, client, keep: keepMine });
    if (server) return pipeBoth(client, server);
    client.end(end);
  } catch {
    end();
  }
}

/** The connection to the real server, once both sides are logged in; undefined if the client got an error. */
async function join(session: Session): Promise<Duplex | undefined> {
  const { client, gate, props } = session;
  try {
    await gate.enter();
  } catch (cause) {
    props.report(reason(cause));
    return void writePacket(client, { sequence: 0, payload: errorPayload(UNKNOWN_ERROR, reason(cause)) });
  }
  try {
    return client.destroyed ? undefined : await joinInside(session);
  } finally {
    gate.leave();
  }
}

/** The same, behind the gate. Until a client has proved the password, it learns nothing of the server. */
async function joinInside({ client, gate, keep, props }: Session): Promise<Duplex | undefined> {
  const { login, report, upstream } = props;
  const answer = (sequence: number, payload: Buffer): undefined => {
    writePacket(client, { sequence, payload });
  };
  let greeted: Greeted;
  try {
    greeted = await inTime(reachServer(upstream, keep), `no answer from ${addressOf(upstream)}`);
  } catch (cause) {
    if (client.destroyed) gate.failed();
    report(reason(cause));
    return answer(0, errorPayload(UNKNOWN_ERROR, "the server cannot be reached: aurora-users says why"));
  }
  const proving = inTime(greetClient(client, greeted.greeting, login), "a client did not log in");
  const local = await proving.catch((cause: unknown) => {
    gate.failed();
    report(reason(cause));
    return answer(2, errorPayload(UNKNOWN_ERROR, reason(cause), "HY000"));
  });
  if (!local) return undefined;
  const { hello, isKnown, sequence, success } = local;
  if (!isKnown) {
    gate.failed();
    report("a client was refused: it has another user or password");
    const denied = "Access denied: the user and the password that aurora-users printed are needed here";
    return answer(sequence, errorPayload(ACCESS_DENIED, denied, "28000"));
  }
  gate.proved();
  try {
    const login = logInToServer(greeted, upstream, hello, keep);
    const found = await inTime(login, `no end of the login at ${addressOf(upstream)}`);
    if (success) answer(sequence, success);
    answer(success ? sequence + 1 : sequence, found.success);
    return found.server;
  } catch (cause) {
    report(reason(cause));
    const isServers = cause instanceof ServerError;
    return answer(sequence, isServers ? cause.payload : errorPayload(UNKNOWN_ERROR, reason(cause), "HY000"));
  }
}

/** @throws ProtocolError if the work takes too long */
async function inTime<T>(work: Promise<T>, problem: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const say = () => reject(new ProtocolError(`${problem} in ${LOGIN_TIMEOUT / 1000} s`));
    timer = setTimeout(say, LOGIN_TIMEOUT);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function addressOf({ host, port, via }: Upstream): string {
  return via === undefined ? `${host}:${port}` : `${via.host}:${via.port}`;
}

/** What went wrong. Where a name has several addresses, Node's error has no text but the errors of all. */
function reason(cause: unknown): string {
  if (cause instanceof ServerError) return serverText(cause.payload);
  const { errors, message } = cause as { errors?: readonly unknown[]; message?: string };
  return errors ? errors.map(reason).join("; ") : message || String(cause);
}

/** The text of a server's error, without number and state. */
const serverText = (payload: Buffer): string =>
  `the server refused: ${payload.toString("utf8", 3).replace(/^#.{5}/, "")}`;

/** From here on both sides speak to each other. When one has gone, so does the other. */
function pipeBoth(client: Duplex, server: Duplex): void {
  client.pipe(server);
  server.pipe(client);
  server.once("close", () => client.destroy());
}
