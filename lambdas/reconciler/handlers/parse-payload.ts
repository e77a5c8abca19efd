import type * as z from "zod";
import { PROTOCOL } from "../../../core/contract/protocol";
import { clusterNameSchema } from "../../../core/contract/registry-entry";
import { InvalidInputError, ProtocolError } from "../runtime/errors";

/** Roster and change set stay below 2.5 MB. The previous input that Terraform adds is not counted. */
const MAX_CHARACTERS = 4_000_000;
const ISSUES_NAMED = 5;

/**
 * Reads a payload by its schema.
 * @param length the length of the payload's JSON text
 * @throws ProtocolError, InvalidInputError with the path of each field that is wrong
 */
export function parsePayload<T>(
  payload: unknown,
  schema: z.ZodType<T>,
  length = JSON.stringify(payload)?.length ?? 0,
): T {
  if (typeof payload !== "object" || payload === null || Array.isArray(payload))
    throw new InvalidInputError("the payload is not a JSON object");
  if (hasUnknownProtocol(payload))
    throw new ProtocolError(upgradeFirst((payload as { protocol: number }).protocol));
  const added = JSON.stringify((payload as { tf?: unknown }).tf)?.length ?? 0;
  const size = length - added;
  if (size > MAX_CHARACTERS)
    throw new InvalidInputError(`the payload has ${size} characters, at most ${MAX_CHARACTERS} are accepted`);
  const hidden = protoKey(payload);
  if (hidden !== undefined)
    throw new InvalidInputError(
      `the payload is not valid: ${clip(hidden, 200)}: \`__proto__\` cannot be a key`,
    );
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const named = issues
    .slice(0, ISSUES_NAMED)
    .map(issue => `${clip(issue.path.join("."), 200) || "(payload)"}: ${clip(issue.message, 200)}`);
  const more = issues.length > ISSUES_NAMED ? `; and ${issues.length - ISSUES_NAMED} more` : "";
  throw new InvalidInputError(`the payload is not valid: ${named.join("; ")}${more}`);
}

/**
 * Where the payload has the key `__proto__`, which schemas leave out of what they read without a word. What
 * the provider adds (`tf`) is not looked at.
 */
function protoKey(payload: object): string | undefined {
  const { tf: _, ...own } = payload as { readonly tf?: unknown };
  const open: (readonly [path: string, value: object])[] = [["(payload)", own]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [path, value] = next;
    if (Object.hasOwn(value, "__proto__")) return path;
    for (const [key, inner] of Object.entries(value))
      if (typeof inner === "object" && inner !== null) open.push([`${path}.${key}`, inner]);
  }
  return undefined;
}

/** Whether the payload is one of ours, but of another protocol number. */
export const hasUnknownProtocol = (payload: unknown): payload is { readonly protocol: number } =>
  typeof payload === "object" &&
  payload !== null &&
  typeof (payload as { protocol?: unknown }).protocol === "number" &&
  (payload as { protocol: number }).protocol !== PROTOCOL;

export const upgradeFirst = (protocol: number): string =>
  `the stack speaks protocol ${protocol}, the deployed function speaks protocol ${PROTOCOL}. Upgrade first: deploy the stack ` +
  "that holds the Reconciler with the package's version that this stack uses, then plan again.";

/** Where refused payloads are counted and recorded that name no cluster of the registry. */
export const UNKNOWN_CLUSTER = "unknown";

/** The cluster that a payload names, whatever else is wrong with the payload; `unknown` if it names none. */
export function clusterOf(payload: unknown): string {
  const cluster = clusterNameSchema.safeParse((payload as { cluster?: unknown } | null | undefined)?.cluster);
  return cluster.success ? cluster.data : UNKNOWN_CLUSTER;
}

const clip = (text: string, length: number) => (text.length > length ? `${text.slice(0, length)}...` : text);
