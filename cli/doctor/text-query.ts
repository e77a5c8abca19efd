import type { Duplex } from "node:stream";
import { ProtocolError, readPacket, writePacket } from "../proxy/packets";
import { ServerError } from "../proxy/server-login";

const COM_QUIT = 0x01;
const COM_QUERY = 0x03;
const NULL = 0xfb;
const EOF = 0xfe;
const ERROR = 0xff;

/**
 * The first column of a query's rows, of a session without compression.
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset.html
 * @throws ServerError, ProtocolError
 */
export async function askOne(server: Duplex, sql: string): Promise<string[]> {
  writePacket(server, { sequence: 0, payload: Buffer.concat([Buffer.from([COM_QUERY]), Buffer.from(sql)]) });
  const columns = (await answer(server))[0];
  // A statement without rows.
  if (columns === 0) return [];
  await untilEof(server);
  return (await untilEof(server)).map(firstText);
}

export const quit = (server: Duplex): void =>
  writePacket(server, { sequence: 0, payload: Buffer.from([COM_QUIT]) });

async function answer(server: Duplex): Promise<Buffer> {
  const { payload } = await readPacket(server);
  if (payload[0] === ERROR) throw new ServerError(payload);
  return payload;
}

async function untilEof(server: Duplex): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for (;;) {
    const payload = await answer(server);
    if (payload[0] === EOF && payload.length < 9) return found;
    found.push(payload);
  }
}

/** A text with its length before it. @throws ProtocolError for one of 64 KB or more */
function firstText(row: Buffer): string {
  const first = row[0] ?? NULL;
  if (first === NULL) return "";
  if (first < NULL) return row.toString("utf8", 1, 1 + first);
  if (first !== 0xfc) throw new ProtocolError("a value too long");
  return row.toString("utf8", 3, 3 + row.readUInt16LE(1));
}
