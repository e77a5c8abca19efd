import type { Duplex } from "node:stream";

/**
 * One packet of MySQL's protocol: a header of four bytes, then the payload.
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
 */
export interface Packet {
  readonly sequence: number;
  readonly payload: Buffer;
}

/** No packet of a login is longer: a client's attributes have at most 64 KB. */
const MAX_LOGIN_PACKET = 1 << 18;

/** The other side broke the protocol, or ended the connection during the login. */
export class ProtocolError extends Error {}

/**
 * Reads one packet of a login, and no byte beyond it.
 * @throws ProtocolError if the stream ends before, or the packet is too long for a login
 */
export async function readPacket(stream: Duplex): Promise<Packet> {
  const header = await readExactly(stream, 4);
  const length = header.readUIntLE(0, 3);
  if (length > MAX_LOGIN_PACKET) throw new ProtocolError(`a packet of ${length} bytes`);
  const payload = length === 0 ? Buffer.alloc(0) : await readExactly(stream, length);
  return { sequence: header[3]!, payload };
}

export function writePacket(stream: Duplex, { sequence, payload }: Packet): void {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = sequence & 0xff;
  stream.write(Buffer.concat([header, payload]));
}

function readExactly(stream: Duplex, size: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      stream.off("readable", onReadable);
      stream.off("end", onEnd);
      stream.off("close", onEnd);
      stream.off("error", onError);
      settle();
    };
    const onReadable = () => {
      const bytes = stream.read(size) as Buffer | null;
      if (bytes?.length === size) finish(() => resolve(bytes));
      else if (bytes !== null) onEnd();
    };
    const onEnd = () => finish(() => reject(new ProtocolError("the connection ended during the login")));
    const onError = (error: Error) => finish(() => reject(error));
    stream.on("readable", onReadable);
    stream.on("end", onEnd);
    stream.on("close", onEnd);
    stream.on("error", onError);
    // Its end may have been before: then no event comes.
    if (stream.errored) onError(stream.errored);
    else if (stream.destroyed) onEnd();
    else onReadable();
  });
}

/** The text up to the next NUL, and where the bytes after that begin. @throws ProtocolError */
export function textAt(payload: Buffer, start: number): { readonly text: string; readonly end: number } {
  const at = payload.indexOf(0, start);
  if (at < 0) throw new ProtocolError("a text without an end");
  return { text: payload.toString("utf8", start, at), end: at + 1 };
}

export const nul = (text: string): Buffer => Buffer.from(`${text}\0`);

/**
 * The packet of an error. Before a client has said what it understands, it has no SQL state.
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html
 */
export function errorPayload(code: number, message: string, state?: string): Buffer {
  const number = Buffer.from([0xff, code & 0xff, code >> 8]);
  return Buffer.concat([number, Buffer.from(`${state === undefined ? "" : `#${state}`}${message}`)]);
}
