import type { Facts } from "./facts";

/** What one check says. */
export type Verdict =
  | { readonly result: "ok"; readonly text: string }
  /** It could not be looked at. */
  | { readonly result: "not seen"; readonly text: string }
  | Finding;

/**
 * What keeps a login from working: a stable code, and one sentence with what to do. A `doubt` may be the
 * cause, and nothing here shows that it is.
 */
export interface Finding {
  readonly result: "wrong" | "doubt";
  readonly code: string;
  readonly text: string;
}

/** One question to the facts. */
export interface Check {
  readonly name: string;
  readonly judge: (facts: Facts) => Verdict;
}

export const ok = (text: string): Verdict => ({ result: "ok", text });
export const notSeen = (text: string): Verdict => ({ result: "not seen", text });

/** @param what a clause: what is wrong. @param todo a clause: what to do */
export const wrong = (code: string, what: string, todo: string): Finding => ({
  result: "wrong",
  code,
  text: `${what}: ${todo}.`,
});
export const doubt = (code: string, what: string, todo: string): Finding => ({
  ...wrong(code, what, todo),
  result: "doubt",
});

/** The same, as a doubt where it is not certain. */
export const sureIf = (isCertain: boolean, verdict: Verdict): Verdict =>
  verdict.result === "wrong" && !isCertain ? { ...verdict, result: "doubt" } : verdict;

/** Texts from elsewhere in a sentence, at most so many of them. */
export const listed = (texts: readonly string[], most = 3): string =>
  texts.length <= most
    ? texts.join(", ")
    : `${texts.slice(0, most).join(", ")} and ${texts.length - most} more`;
