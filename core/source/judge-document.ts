import type { ParameterSource, RegistryEntry } from "../contract/registry-entry";
import { canonicalJson } from "../json";
import { listSome } from "../name-some";
import { ceilingViolations, describeViolation } from "../roster/ceiling";
import { nameViolations } from "../roster/former-names";
import type { Roster } from "../roster/roster";
import { judgeRemoval, type RemovalsOfHour } from "./removals";
import { parseSourceDocument } from "./source-document";
import { type SplitIndex, splitIndexOf } from "./split-document";
import { withinBounds } from "./within-bounds";

/** The value of a source's parameter. */
export interface SourceText {
  readonly text: string;
  readonly version: number;
  /** When that version was written, as an ISO 8601 timestamp. */
  readonly modified: string;
}

/** Why a document is refused. Stable, for scripts. */
export type SourceRefusal =
  | "SourceUnreadable"
  | "SourceMissing"
  | "SourceStale"
  | "SourceBroken"
  | "SourceAboveCeiling"
  | "SourceBreaksRules"
  | "RemovalUnconfirmed"
  | "SourceEntriesLeftOut"
  | "SourceFailed";

export interface DocumentRefusal {
  readonly code: SourceRefusal;
  /** What is wrong, as the end of a sentence. */
  readonly problem: string;
}

/** The last accepted document of a source. Its names are those of the ledger's item. */
export interface AcceptedDocument {
  /** Absent if no document was ever accepted. */
  readonly target?: string | undefined;
  readonly sha256: string;
  readonly context: string;
  readonly parameterVersion: number;
  readonly modified: string;
  /** What documents removed lately without a confirmation. */
  readonly removals?: readonly RemovalsOfHour[] | undefined;
}

/** A source of a cluster, and the moment at which its document is judged. */
export interface SourceCheck {
  readonly entry: RegistryEntry;
  readonly source: ParameterSource;
  readonly now: Date;
  /** The SHA-256 of a text, as 64 hexadecimal digits. */
  readonly sha256: (text: string) => string;
}

/** A text that is neither known nor outdated. */
export interface NewText {
  /** Of the document, or what the list of its pieces says. */
  readonly sha256: string;
  readonly context: string;
  /** The list of pieces, if the document is split. */
  readonly index: SplitIndex | undefined;
}

/** Compares a parameter's value with the last accepted document, before any piece of it is read. */
export function recognizeText(
  { entry, source, sha256 }: SourceCheck,
  read: SourceText,
  known: AcceptedDocument,
): "unchanged" | NewText | (DocumentRefusal & { readonly sha256: string }) {
  const index = splitIndexOf(read.text);
  const written = index && !("problem" in index) ? index.sha256 : sha256(read.text);
  const context = sha256(canonicalJson([entry.prefix, source.databases, source.roles]));
  const isSameText = written === known.sha256;
  if (known.target !== undefined && isSameText && context === known.context) return "unchanged";
  const isOtherText = known.target !== undefined && !isSameText;
  // SSM counts from 1 again for a parameter that was deleted and created again. Its date shows that it is
  // newer.
  if (isOtherText && read.version <= known.parameterVersion && read.modified <= known.modified) {
    const problem = `version ${known.parameterVersion}, which is newer, is known already`;
    return { code: "SourceStale", problem, sha256: written };
  }
  if (index && "problem" in index) return { code: "SourceBroken", problem: index.problem, sha256: written };
  return { sha256: written, context, index };
}

/** A valid document's roster, and the tokens in it that confirm removals. */
export interface JudgedDocument {
  readonly roster: Roster;
  readonly confirmed: readonly string[];
}

/** Checks a whole document against its schema and the ceiling. */
export function judgeDocument(
  { entry, source }: SourceCheck,
  text: string,
): JudgedDocument | DocumentRefusal {
  const parsed = parseSourceDocument(text, { source, prefix: entry.prefix });
  if ("problems" in parsed)
    return { code: "SourceBroken", problem: listSome(parsed.problems, PROBLEMS_NAMED) };
  const above = forbiddenGrants(parsed.roster, entry);
  if (above.length > 0) return { code: "SourceAboveCeiling", problem: listSome(above, PROBLEMS_NAMED) };
  return { roster: parsed.roster, confirmed: [parsed.confirmRemovals ?? []].flat() };
}

/**
 * The last accepted roster, the source's own accounts, what documents removed lately, and a random text that
 * no writer can know.
 */
export interface BeforeDocument extends Pick<AcceptedDocument, "removals"> {
  readonly roster: Roster;
  readonly own: Readonly<Record<string, string>>;
  readonly nonce: string;
}

/**
 * Checks that a document removes no more accounts than it may, or confirms it. What the stack took from the
 * source is no removal of the document.
 */
export function judgeRemovals(
  { entry, now, sha256, source }: SourceCheck,
  { nonce, own, removals = [], roster: accepted }: BeforeDocument,
  { confirmed, roster }: JudgedDocument,
): DocumentRefusal | { readonly removals: readonly RemovalsOfHour[] } {
  const before = withinBounds({ ...accepted, roles: source.roles }, source, entry);
  const tokenOf = (accounts: readonly string[]) => {
    const left = accounts.map(
      name => [name, Object.entries(roster.accounts[name]?.databases ?? {})] as const,
    );
    const grants = left.map(([name, databases]) => [
      name,
      databases.map(([database, { expires = null, role }]) => [database, role, expires]),
    ]);
    return sha256(canonicalJson([nonce, grants])).slice(0, 12);
  };
  const check = { before, after: roster, source, confirmed, now, own, tokenOf, earlier: removals };
  const judged = judgeRemoval(check);
  return typeof judged === "string" ? { code: "RemovalUnconfirmed", problem: judged } : { removals: judged };
}

/** What no document may contain: more than the ceiling allows, or the administrator's own account. */
function forbiddenGrants(roster: Roster, entry: RegistryEntry): string[] {
  const { ceiling, credentials } = entry;
  const isOwn = "iamUser" in credentials && Object.hasOwn(roster.accounts, credentials.iamUser);
  const violations = [...ceilingViolations(roster, ceiling, entry), ...nameViolations(roster, entry)];
  const above = violations.map(describeViolation);
  if (!isOwn) return above;
  return [`account \`${credentials.iamUser}\` is the reconciler's own administrator account`, ...above];
}

/** More problems would not make a message clearer. */
const PROBLEMS_NAMED = 5;
