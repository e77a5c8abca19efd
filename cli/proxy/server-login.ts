import { connect, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { checkServerIdentity, connect as connectTls, type TLSSocket } from "node:tls";
import {
  CLIENT,
  type ClientHello,
  type Greeting,
  parseGreeting,
  tlsRequest,
  upstreamHello,
} from "./handshake";
import { ProtocolError, readPacket, textAt, writePacket } from "./packets";

/** The real server of a proxy. */
export interface Upstream {
  /** TLS is verified for this name. */
  readonly host: string;
  readonly port: number;
  /** A tunnel that leads there; undefined: none. */
  readonly via: { readonly host: string; readonly port: number } | undefined;
  /** Root certificates, PEM. */
  readonly ca: string;
  readonly user: string;
  /** A fresh token. */
  readonly token: () => Promise<string>;
}

/** The server answered with an error of its own: its packet goes to the client as it is. */
export class ServerError extends Error {
  readonly payload: Buffer;

  constructor(payload: Buffer) {
    super("the server's own error");
    this.payload = payload;
  }
}

/** The server offers no TLS: a token would go to it in clear text. */
export class NoTlsError extends ProtocolError {}

/** The connection ended before a byte came: as a tunnel ends it whose far side reaches nothing. */
export class SilentEndError extends ProtocolError {}

/** The server asks for a proof that is no token. */
export class OtherPluginError extends ProtocolError {
  readonly plugin: string;

  constructor(user: string, plugin: string) {
    super(`${user} is not there, or does not log in by token: the server asks for ${plugin}`);
    this.plugin = plugin;
  }
}

/** A server that has sent its greeting. */
export interface Greeted {
  readonly socket: Socket;
  readonly greeting: Greeting;
}

/** @throws ServerError, ProtocolError, or the socket's own error */
export async function reachServer(
  { host, port, via }: Upstream,
  keep: (socket: Duplex) => void,
): Promise<Greeted> {
  const socket = connect({ ...(via ?? { host, port }), noDelay: true, keepAlive: true });
  keep(socket);
  const { payload } = await readPacket(socket).catch((error: unknown) => {
    const isSilent = error instanceof ProtocolError && socket.bytesRead === 0;
    throw isSilent ? new SilentEndError("the connection ended before a byte came", { cause: error }) : error;
  });
  if (payload[0] === 0xff) throw new ServerError(payload);
  const greeting = parseGreeting(payload);
  if (!(greeting.capabilities & CLIENT.SSL))
    throw new NoTlsError(`${host} offers no TLS, so it gets no token`);
  return { socket, greeting };
}

/**
 * Logs in with the capabilities that the client asks for, by a token within verified TLS.
 * @returns the connection, and the server's word of success
 * @throws ServerError, ProtocolError, or what TLS or the token failed with
 */
export async function logInToServer(
  { socket }: Greeted,
  upstream: Upstream,
  hello: ClientHello,
  keep: (socket: Duplex) => void,
): Promise<{ readonly server: TLSSocket; readonly success: Buffer }> {
  const server = await secure(socket, upstream, hello, keep);
  writePacket(server, { sequence: 2, payload: upstreamHello(hello, upstream.user) });
  let answer = await readPacket(server);
  if (answer.payload[0] === 0xfe) {
    const { text: plugin } = textAt(answer.payload, 1);
    if (plugin !== "mysql_clear_password") throw new OtherPluginError(upstream.user, plugin);
    const token = Buffer.from(`${await upstream.token()}\0`);
    writePacket(server, { sequence: answer.sequence + 1, payload: token });
    answer = await readPacket(server);
  }
  if (answer.payload[0] === 0xff) throw new ServerError(answer.payload);
  if (answer.payload[0] !== 0) throw new ProtocolError("the server's answer to the login is unknown");
  return { server, success: answer.payload };
}

/** Asks for TLS, and verifies the server. @throws ProtocolError, or what TLS failed with */
export function secure(
  socket: Socket,
  { ca, host }: Pick<Upstream, "ca" | "host">,
  hello: ClientHello,
  keep: (socket: Duplex) => void,
): Promise<TLSSocket> {
  writePacket(socket, { sequence: 1, payload: tlsRequest(hello) });
  return new Promise((resolve, reject) => {
    const server = connectTls({
      socket,
      ca,
      // Else NODE_TLS_REJECT_UNAUTHORIZED in the environment would count.
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      // The name is that of the endpoint, also where a tunnel leads there.
      checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
      ...(isIP(host) === 0 && { servername: host }),
    });
    keep(server);
    server.once("error", reject);
    server.once("close", () => reject(new ProtocolError("the connection ended during the login")));
    server.once("secureConnect", () => resolve(server));
  });
}
