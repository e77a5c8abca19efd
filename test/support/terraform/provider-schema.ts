// Fields of `GetProviderSchema.Response` that are maps from a type's name to its schema.
const RESOURCES = 2;
const DATA_SOURCES = 3;
const EPHEMERAL_RESOURCES = 8;
const LIST_RESOURCES = 9;
const ACTIONS = 11;
const BY_TYPE = new Set([RESOURCES, DATA_SOURCES, EPHEMERAL_RESOURCES, LIST_RESOURCES, ACTIONS]);

/** Protocol Buffers' wire type of strings, bytes and messages; the answer has fields of no other. */
const LENGTH_DELIMITED = 2;

/**
 * A provider's schema (`GetProviderSchema.Response`) with the types in `types` alone. The AWS provider's
 * has 1,500 types, and Terraform takes 4 s of processor time to read them.
 *
 * @see https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol
 */
export function schemaOf(response: Buffer, types: ReadonlySet<string>): Buffer {
  const kept: Buffer[] = [];
  for (const { field, content, whole } of fieldsOf(response)) {
    if (!BY_TYPE.has(field) || types.has(keyOf(content))) kept.push(whole);
  }
  return Buffer.concat(kept);
}

/** The key of one entry of a map, which is its field 1. */
function keyOf(entry: Buffer): string {
  for (const { field, content } of fieldsOf(entry)) {
    if (field === 1) return content.toString("utf8");
  }
  return "";
}

interface Field {
  readonly field: number;
  readonly content: Buffer;
  /** Tag and length included. */
  readonly whole: Buffer;
}

function* fieldsOf(message: Buffer): Generator<Field> {
  for (let start = 0; start < message.length; ) {
    const tag = varint(message, start);
    if (tag.value % 8 !== LENGTH_DELIMITED)
      throw new Error(`the provider's schema has wire type ${tag.value % 8}`);
    const length = varint(message, tag.end);
    const end = length.end + length.value;
    yield {
      field: Math.floor(tag.value / 8),
      content: message.subarray(length.end, end),
      whole: message.subarray(start, end),
    };
    start = end;
  }
}

function varint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start, factor = 1; ; at++, factor *= 128) {
    const byte = bytes[at]!;
    value += (byte % 128) * factor;
    if (byte < 128) return { value, end: at + 1 };
  }
}
