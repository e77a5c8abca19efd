import { createHash } from "node:crypto";
import type { ParameterSource, RegistryEntry } from "../../../core/contract/registry-entry";
import { canonicalJson, type Json } from "../../../core/json";
import { ceilingViolations } from "../../../core/roster/ceiling";
import type { Roster } from "../../../core/roster/roster";
import {
  joinDocument,
  parseSourceDocument,
  pieceNames,
  removalFault,
  splitIndexOf,
} from "../../../core/source";
import type { SourceText } from "../aws/source-parameters";
import type { Call } from "../services/services";
import type { SourceItem } from "../store/source-ledger-item";

/** Why a document is refused. Stable, for scripts. */
export type SourceRefusal =
  | "SourceUnreadable"
  | "SourceMissing"
  | "SourceStale"
  | "SourceBroken"
  | "SourceAboveCeiling"
  | "RemovalUnconfirmed";

/** What a source's parameter is judged to be, beside what the ledger knows of it. */
export type SourceVerdict =
  | { readonly kind: "unchanged" }
  /** There is no such parameter, and there never was one. */
  | { readonly kind: "absent" }
  | RefusedVerdict
  | GoodVerdict;

export interface RefusedVerdict {
  readonly kind: "refused";
  readonly code: SourceRefusal;
  /** What is wrong, and what to do. */
  readonly message: string;
  /** Of the parameter; 0 where there is none, or nobody could look. */
  readonly version: number;
  /** Of the document, or of what stands for it. */
  readonly sha256: string;
}

export interface GoodVerdict {
  readonly kind: "good";
  readonly read: SourceText;
  readonly sha256: string;
  readonly context: string;
  /** The roster of the last good document. */
  readonly before: Roster;
  readonly roster: Roster;
}

/** More of them make no message clearer. */
const PROBLEMS_NAMED = 5;

const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What stands for exactly these accounts. It has no prefix in it, so that it is the same on every cluster. */
const removalToken = (prefix: string) => (accounts: readonly string[]) =>
  sha256Of(canonicalJson(accounts.map(account => account.slice(prefix.length + 1)))).slice(0, 12);

/** Reads a source's parameter and checks all there is to check, without writing anything. @throws LedgerError */
export async function judgeSource(
  call: Call,
  entry: RegistryEntry,
  source: ParameterSource,
  known: SourceItem,
  tries = 2,
): Promise<SourceVerdict> {
  const { services } = call;
  const { ledger, parameters } = services.sources;
  const refused = (code: SourceRefusal, message: string, version = 0, sha256 = ""): RefusedVerdict => ({
    ...{ kind: "refused", code, version, sha256 },
    message: `${entry.cluster}: ${source.name} (parameter ${source.parameter}${version > 0 ? `, version ${version}` : ""}): ${message}. ${STAYS}`,
  });
  let read: SourceText | undefined;
  try {
    read = await parameters.read(source.parameter);
    if (!read)
      return known.target === undefined
        ? { kind: "absent" }
        : refused(
            "SourceMissing",
            "the parameter is gone. To take everybody's access away write an empty list of users, or take the source out of the cluster's stack",
          );

    const index = splitIndexOf(read.text);
    const written = index && !("problem" in index) ? index.sha256 : sha256Of(read.text);
    const context = sha256Of(
      canonicalJson([entry.prefix, source.databases, source.roles] as unknown as Json),
    );
    const { version, modified } = read;
    if (known.target !== undefined && written === known.sha256 && context === known.context)
      return { kind: "unchanged" };
    const no = (code: SourceRefusal, message: string) => refused(code, message, version, written);
    // SSM counts anew for a parameter that was deleted and made again; its date tells that from an old answer.
    if (
      known.target !== undefined &&
      written !== known.sha256 &&
      version <= known.parameterVersion &&
      modified <= known.modified
    )
      return no("SourceStale", `version ${known.parameterVersion} is known already, which is newer`);
    if (index && "problem" in index) return no("SourceBroken", index.problem);
    const whole = index
      ? joinDocument(
          source.parameter,
          index,
          await parameters.pieces(pieceNames(source.parameter, index)),
          sha256Of,
        )
      : { text: read.text };
    if ("problem" in whole) {
      // Whoever writes a new document takes the old one's pieces away: then this one is out of date, not broken.
      const now = await parameters.read(source.parameter);
      if (tries > 0 && now?.text !== read.text) return judgeSource(call, entry, source, known, tries - 1);
      return no("SourceBroken", `${whole.problem}. Write it again with \`aurora-users source put\``);
    }

    const parsed = parseSourceDocument(whole.text, { source, prefix: entry.prefix });
    if ("problems" in parsed) return no("SourceBroken", listed(parsed.problems));
    const { roster, confirmRemovals: confirmed } = parsed;
    const above = beyond(roster, entry);
    if (above.length > 0) return no("SourceAboveCeiling", listed(above));

    const before = await ledger.roster(entry.cluster, known.target);
    const given = {
      before,
      after: roster,
      source,
      confirmed,
      now: services.now(),
      tokenOf: removalToken(entry.prefix),
    };
    const unasked = removalFault(given);
    if (unasked !== undefined) return no("RemovalUnconfirmed", unasked);
    return { kind: "good", read, sha256: written, context, before, roster };
  } catch (error) {
    if (!isOfAws(error)) throw error;
    return refused(
      "SourceUnreadable",
      `it could not be read: ${error.name}: ${error.message}`,
      read?.version,
    );
  }
}

const STAYS = "Nothing was changed; what was accepted last stays in force.";

/** What no document can have: more than the ceiling allows, or the administrator's own account. */
function beyond(roster: Roster, { ceiling, credentials, prefix }: RegistryEntry): string[] {
  const own =
    "iamUser" in credentials && Object.hasOwn(roster.accounts, credentials.iamUser)
      ? [credentials.iamUser]
      : [];
  const above = ceilingViolations(roster, ceiling, prefix).map(
    ({ account, database, message }) =>
      `account \`${account}\`${database === undefined ? "" : `, database \`${database}\``}: ${message}`,
  );
  return [
    ...own.map(account => `account \`${account}\` is the administrator that the reconciler works as`),
    ...above,
  ];
}

const listed = (problems: readonly string[]): string =>
  `${problems.slice(0, PROBLEMS_NAMED).join("; ")}${problems.length > PROBLEMS_NAMED ? `; and ${problems.length - PROBLEMS_NAMED} more` : ""}`;

/** Errors of Parameter Store, or of the way to it. */
const isOfAws = (error: unknown): error is Error =>
  error instanceof Error &&
  ("$metadata" in error ||
    ["TimeoutError", "NetworkingError", "CredentialsProviderError"].includes(error.name) ||
    ("code" in error && typeof error.code === "string" && /^E[A-Z]+$/.test(error.code)));
