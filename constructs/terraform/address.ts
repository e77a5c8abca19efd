const SEPARATOR = "on";

const isKept = (character: string): boolean => /^[A-Za-z0-9]$/.test(character);
const escaped = (character: string): string => `_-${character.codePointAt(0)!.toString(16)}_`;

/** Whether the `-` at `index` borders a segment (what stands between two `-`, or an end) that is exactly `on`. */
function bordersSeparator(name: string, index: number): boolean {
  const after = name.slice(index + 1);
  const before = name.slice(0, index);
  return (
    after === SEPARATOR ||
    after.startsWith(`${SEPARATOR}-`) ||
    before === SEPARATOR ||
    before.endsWith(`-${SEPARATOR}`)
  );
}

/**
 * A name of a user's or a cluster's as part of a Terraform identifier. Different names give different identifiers, whatever they
 * hold: cdktf itself strips characters, so that `john.doe` and `johndoe` would be one resource without a word.
 *
 * ASCII letters, digits and `-` stay, `.` becomes `_`, everything else `_-<code point in hex>_`. Escaped too are what an identifier
 * cannot begin with (a digit, a `-`), a `-` where it would read as the beginning of an escape, and a `-` beside the word `on`, so
 * that `<user>-on-<cluster>` holds `-on-` once.
 * @see https://developer.hashicorp.com/terraform/language/syntax/configuration#identifiers
 */
export function encodeName(name: string): string {
  let encoded = "";
  let index = 0;
  for (const character of name) {
    if (character === ".") encoded += "_";
    else if (character === "-")
      encoded +=
        encoded === "" || encoded.endsWith("_") || bordersSeparator(name, index)
          ? escaped(character)
          : character;
    else if (isKept(character) && !(encoded === "" && /\d/.test(character))) encoded += character;
    else encoded += escaped(character);
    index += character.length;
  }
  return encoded;
}

/** The name that `encodeName` encoded. */
export const decodeName = (identifier: string): string =>
  identifier.replace(/_-([0-9a-f]+)_|_/g, (_, hex?: string) =>
    hex === undefined ? "." : String.fromCodePoint(Number.parseInt(hex, 16)),
  );

/** The identifier of a user's record on a cluster: `jane_doe-on-orders`. */
export const recordAddress = (user: string, cluster: string): string =>
  `${encodeName(user)}-${SEPARATOR}-${encodeName(cluster)}`;

/** The identifier of one of a cluster's own elements: `orders-gate`. The part holds no `-`, so that no two clusters share one. */
export const clusterAddress = (cluster: string, part: ClusterPart): string =>
  `${encodeName(cluster)}-${part}`;

/** What a cluster has one of. */
export type ClusterPart =
  | "access"
  | "apply"
  | "enforce"
  | "expiry"
  | "gate"
  | "grants"
  | "interval"
  | "lookup"
  | "order"
  | "pending"
  | "preview"
  | "question"
  | "registry"
  | "roster"
  | "summary"
  | "unmanaged"
  | "verified";
