import { nul, ProtocolError, textAt } from "./packets";

/** @see https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html */
export const CLIENT = {
  CONNECT_WITH_DB: 1 << 3,
  PROTOCOL_41: 1 << 9,
  SSL: 1 << 11,
  SECURE_CONNECTION: 1 << 15,
  PLUGIN_AUTH: 1 << 19,
  PLUGIN_AUTH_LENENC_CLIENT_DATA: 1 << 21,
  MULTI_FACTOR_AUTHENTICATION: 1 << 28,
} as const;

/** What a server says first, without its random bytes for passwords. */
export interface Greeting {
  readonly version: string;
  readonly threadId: number;
  /** What the server can do. */
  readonly capabilities: number;
  readonly charset: number;
  readonly status: number;
}

/**
 * @throws ProtocolError if it is none of protocol 10
 * Protocol::HandshakeV10.
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
 */
export function parseGreeting(payload: Buffer): Greeting {
  if (payload[0] !== 10) throw new ProtocolError("the server does not speak MySQL's protocol 10");
  const { text: version, end } = textAt(payload, 1);
  if (payload.length < end + 20) throw new ProtocolError("a greeting without capabilities");
  const low = payload.readUInt16LE(end + 13);
  const high = payload.readUInt16LE(end + 18);
  return {
    version,
    threadId: payload.readUInt32LE(end),
    capabilities: (low | (high << 16)) >>> 0,
    charset: payload[end + 15]!,
    status: payload.readUInt16LE(end + 16),
  };
}

/** @param scramble 20 random bytes, none of them 0 */
export function greetingPayload(greeting: Greeting, scramble: Buffer, plugin: string): Buffer {
  const fixed = Buffer.alloc(31);
  fixed.writeUInt32LE(greeting.threadId, 0);
  scramble.copy(fixed, 4, 0, 8);
  fixed.writeUInt16LE(greeting.capabilities & 0xffff, 13);
  fixed[15] = greeting.charset;
  fixed.writeUInt16LE(greeting.status, 16);
  fixed.writeUInt16LE(greeting.capabilities >>> 16, 18);
  fixed[20] = scramble.length + 1;
  const rest = Buffer.concat([scramble.subarray(8), Buffer.from([0])]);
  return Buffer.concat([Buffer.from([10]), nul(greeting.version), fixed, rest, nul(plugin)]);
}

/** What a client answers to the greeting. */
export interface ClientHello {
  /** What the client asks for: both sides speak by it after the login. */
  readonly flags: number;
  readonly user: string;
  /** What proves that it knows the password. */
  readonly proof: Buffer;
  readonly database: string | undefined;
  readonly plugin: string | undefined;
  /** The fixed part, from the longest packet to the filler. */
  readonly fixed: Buffer;
  /** What follows the plugin's name: attributes of the connection, level of compression. */
  readonly rest: Buffer;
}

/**
 * @throws ProtocolError if it is none of protocol 4.1, or asks for TLS
 * Protocol::HandshakeResponse41.
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
 */
export function parseHello(payload: Buffer): ClientHello {
  const needed = CLIENT.PROTOCOL_41 | CLIENT.SECURE_CONNECTION;
  const flags = payload.length >= 32 ? payload.readUInt32LE(0) : 0;
  if ((flags & needed) !== needed) throw new ProtocolError("a client older than MySQL 4.1");
  if (flags & CLIENT.SSL)
    throw new ProtocolError("a client that insists on TLS: switch it off for 127.0.0.1");
  const { text: user, end: afterUser } = textAt(payload, 32);
  // Proofs are short, so that the length is one byte in both forms.
  const length = payload[afterUser] ?? 0;
  const afterProof = afterUser + 1 + length;
  if (length > 250 || afterProof > payload.length)
    throw new ProtocolError("a proof of the password too long");
  const hasDatabase = (flags & CLIENT.CONNECT_WITH_DB) !== 0;
  const database = hasDatabase ? textAt(payload, afterProof) : undefined;
  const afterDatabase = database?.end ?? afterProof;
  const plugin = flags & CLIENT.PLUGIN_AUTH ? textAt(payload, afterDatabase) : undefined;
  return {
    flags,
    user,
    proof: payload.subarray(afterUser + 1, afterProof),
    database: database?.text,
    plugin: plugin?.text,
    fixed: payload.subarray(4, 32),
    rest: payload.subarray(plugin?.end ?? afterDatabase),
  };
}

/** The flags for the server: what the client asks for, within TLS, and a login by a plugin. */
export const upstreamFlags = ({ flags }: ClientHello): number =>
  (flags | CLIENT.SSL | CLIENT.SECURE_CONNECTION | CLIENT.PLUGIN_AUTH) >>> 0;

const flagBytes = (flags: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(flags);
  return bytes;
};

/** What asks a server for TLS. */
export const tlsRequest = (hello: ClientHello): Buffer =>
  Buffer.concat([flagBytes(upstreamFlags(hello)), hello.fixed]);

/**
 * The client's hello for the server. It proves nothing: the server then asks for what the account's plugin
 * needs.
 */
export function upstreamHello(hello: ClientHello, user: string): Buffer {
  const database = hello.database === undefined ? Buffer.alloc(0) : nul(hello.database);
  const parts = [tlsRequest(hello), nul(user), Buffer.from([0]), database, nul("caching_sha2_password")];
  return Buffer.concat([...parts, hello.rest]);
}
