import { gzipSync } from "node:zlib";
import type { InventoryResponse } from "../../../core/contract/payload";
import { PROTOCOL } from "../../../core/contract/protocol";
import { sha256Hex } from "../../runtime/hash";
import { InvalidInputError } from "../runtime/errors";

/** A function's answer has at most 6 MB. */
export const PART_LENGTH = 5_000_000;

/**
 * One part of an answer that may be long.
 * @throws InvalidInputError if there is no such part
 */
export function answerPart(
  { cluster, part }: { readonly cluster: string; readonly part: number },
  found: unknown,
  partLength: number,
): InventoryResponse {
  const content = gzipSync(JSON.stringify(found)).toString("base64");
  const parts = Math.ceil(content.length / partLength);
  if (part >= parts)
    throw new InvalidInputError(`${cluster}: there is no part ${part}, but ${parts} from 0. Ask again.`);
  const from = part * partLength;
  return {
    protocol: PROTOCOL,
    parts,
    sha256: sha256Hex(content),
    content: content.slice(from, from + partLength),
  };
}
