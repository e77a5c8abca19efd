import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Duplex } from "node:stream";
import { CLIENT, type ClientHello, type Greeting, greetingPayload, parseHello } from "./handshake";
import { nul, readPacket, writePacket } from "./packets";

const SHA2 = "caching_sha2_password";
/** What a client proves the password with. Those of MySQL 9 have the first alone, old ones the second. */
const PROOFS: Readonly<Record<string, (password: string, scramble: Buffer) => Buffer>> = {
  [SHA2]: (password, scramble) => {
    const once = hash("sha256", Buffer.from(password));
    return xor(once, hash("sha256", hash("sha256", once), scramble));
  },
  mysql_native_password: (password, scramble) => {
    const once = hash("sha1", Buffer.from(password));
    return xor(once, hash("sha1", scramble, hash("sha1", once)));
  },
};

const hash = (algorithm: string, ...parts: Buffer[]): Buffer =>
  createHash(algorithm).update(Buffer.concat(parts)).digest();
const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, at) => byte ^ b[at]!));

/** The account and the password of the proxy itself. */
export interface LocalLogin {
  readonly user: string;
  readonly password: string;
}

/** A client that has sent its hello. */
export interface LocalClient {
  readonly hello: ClientHello;
  /** Whether it knows the password. */
  readonly isKnown: boolean;
  /** The number of the next packet to the client. */
  readonly sequence: number;
  /** What goes before the server's answer to the login: the plugin's own word of success. */
  readonly success: Buffer | undefined;
}

/**
 * Greets a client as the server does that it will speak to, but for TLS, and lets it prove the password.
 * @throws ProtocolError
 */
export async function greetClient(
  client: Duplex,
  greeting: Greeting,
  login: LocalLogin,
): Promise<LocalClient> {
  const scramble = scrambleBytes();
  const hidden = CLIENT.SSL | CLIENT.MULTI_FACTOR_AUTHENTICATION;
  const capabilities = (greeting.capabilities & ~hidden) >>> 0;
  writePacket(client, {
    sequence: 0,
    payload: greetingPayload({ ...greeting, capabilities }, scramble, SHA2),
  });
  const first = await readPacket(client);
  const hello = parseHello(first.payload);
  let { sequence } = first;
  let { plugin = "mysql_native_password", proof } = hello;
  const isSupported = Object.hasOwn(PROOFS, plugin);
  // A client that was given a plugin by its user waits for that plugin's own random bytes.
  if (!isSupported || proof.length === 0) {
    if (!isSupported) plugin = SHA2;
    const request = Buffer.concat([Buffer.from([0xfe]), nul(plugin), scramble, Buffer.from([0])]);
    writePacket(client, { sequence: sequence + 1, payload: request });
    ({ sequence, payload: proof } = await readPacket(client));
  }
  const expected = PROOFS[plugin]!(login.password, scramble);
  const isProven = proof.length === expected.length && timingSafeEqual(proof, expected);
  const success = plugin === SHA2 ? Buffer.from([1, 3]) : undefined;
  return { hello, isKnown: isProven && hello.user === login.user, sequence: sequence + 1, success };
}

/** 20 random bytes as servers send them: printable ones, without `$`. */
const scrambleBytes = (): Buffer => Buffer.from(randomBytes(20).map(byte => 37 + (byte % 90)));
