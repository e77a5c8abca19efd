/**
 * How sure it is.
 * - `can`: by a statement that the server allows now, `SET ROLE` included
 * - `may`: by code that nobody but a person can judge, such as a procedure that names the table
 * - `could`: not now, but the account could give it to itself, or act as another one
 */
export type Certainty = "can" | "may" | "could";

/** One way in which an account reaches what is asked about. */
export interface Way {
  readonly kind:
    | "global"
    | "database"
    | "pattern"
    | "table"
    | "columns"
    | "view"
    | "routine"
    | "trigger"
    | "event"
    | "binary log"
    | "itself";
  readonly certainty: Certainty;
  readonly reads: boolean;
  readonly writes: boolean;
  /** The way in words, with names as SQL quotes them. */
  readonly text: string;
  /** The role that gives it, quoted. */
  readonly role?: string | undefined;
  /** Set if the account has to run `SET ROLE` first. */
  readonly setRole?: true | undefined;
  /** Set if the account may grant it to others. */
  readonly handsOn?: true | undefined;
}

const ORDER: readonly Certainty[] = ["can", "may", "could"];

/** The surest of the ways that read, or write; undefined if there is none. */
export const surest = (ways: readonly Way[], what: "reads" | "writes"): Certainty | undefined =>
  ORDER.find(certainty => ways.some(way => way[what] && way.certainty === certainty));

/** In the order in which a reader needs them: what is sure, and what writes. */
export const surestFirst = (ways: readonly Way[]): Way[] =>
  ORDER.flatMap(certainty => {
    const own = ways.filter(way => way.certainty === certainty);
    return [...own.filter(({ writes }) => writes), ...own.filter(({ writes }) => !writes)];
  });

/** `may: procedure ...`, with how the role is used. */
export function wayText({ certainty, handsOn, role, setRole, text }: Way): string {
  const by = role === undefined ? "" : ` by role ${role}`;
  const after = `${setRole ? " after SET ROLE" : ""}${handsOn ? ", may grant it to others" : ""}`;
  return `${certainty === "can" ? "" : `${certainty}: `}${text}${by}${after}`;
}
