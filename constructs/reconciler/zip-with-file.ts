/** The fixed part of each record of a zip, in bytes, and its signature. */
const LOCAL = { size: 30, signature: 0x04034b50 };
const CENTRAL = { size: 46, signature: 0x02014b50 };
const END = { size: 22, signature: 0x06054b50 };

/** Version 2.0; a name in UTF-8; 1980-01-01, the first day of a zip; a file that everybody may read. */
const VERSION = 20;
const UTF8_NAME = 0x0800;
const FIRST_DAY = 0x21;
const MADE_ON_UNIX = (3 << 8) | VERSION;
const READABLE = 0o100644 * 0x10000;
/** A zip that needs 64 bits says this instead of a number of 32 bits. */
const NEEDS_64_BITS = 0xffffffff;

/**
 * The zip with one more file, which is stored as it is. The same input gives the same bytes.
 * @returns undefined if the bytes are no zip that can take it, or hold a file of that name
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function zipWithFile(zip: Buffer, name: string, content: Buffer): Buffer | undefined {
  const end = endOf(zip);
  if (end === undefined) return undefined;
  const entries = zip.readUInt16LE(end + 10);
  const size = zip.readUInt32LE(end + 12);
  const start = zip.readUInt32LE(end + 16);
  if (start === NEEDS_64_BITS || start + size > end) return undefined;
  const directory = zip.subarray(start, start + size);
  if (directory.includes(name)) return undefined;

  const path = Buffer.from(name);
  const file = fileFields(path, content);
  const local = Buffer.alloc(LOCAL.size);
  local.writeUInt32LE(LOCAL.signature, 0);
  file.copy(local, 4);
  const central = Buffer.alloc(CENTRAL.size);
  central.writeUInt32LE(CENTRAL.signature, 0);
  central.writeUInt16LE(MADE_ON_UNIX, 4);
  file.copy(central, 6);
  central.writeUInt32LE(READABLE, 38);
  central.writeUInt32LE(start, 42);

  const body = [zip.subarray(0, start), local, path, content];
  const listed = [directory, central, path];
  const last = Buffer.alloc(END.size);
  last.writeUInt32LE(END.signature, 0);
  last.writeUInt16LE(entries + 1, 8);
  last.writeUInt16LE(entries + 1, 10);
  last.writeUInt32LE(lengthOf(listed), 12);
  last.writeUInt32LE(lengthOf(body), 16);
  return Buffer.concat([...body, ...listed, last]);
}

const lengthOf = (parts: readonly Buffer[]): number => parts.reduce((sum, { length }) => sum + length, 0);

/** Where the last record begins; a comment may follow it. */
function endOf(zip: Buffer): number | undefined {
  for (let at = zip.length - END.size; at >= 0; at--)
    if (zip.readUInt32LE(at) === END.signature && at + END.size + zip.readUInt16LE(at + 20) === zip.length)
      return at;
  return undefined;
}

/** The fields that both records of a file have in the same order, from the version on. */
function fileFields(path: Buffer, content: Buffer): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(UTF8_NAME, 2);
  fields.writeUInt16LE(FIRST_DAY, 8);
  fields.writeUInt32LE(crc32(content), 10);
  fields.writeUInt32LE(content.length, 14);
  fields.writeUInt32LE(content.length, 18);
  fields.writeUInt16LE(path.length, 22);
  return fields;
}

/** `zlib` has it since Node 20.15. */
function crc32(bytes: Buffer): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}
