const SEEN = "\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000";
/** Characters that look like a space or like nothing: part of a regular expression's class. */
export const MISTAKEN_SPACES = `${SEEN}\\u200b\\u2060\\ufeff`;

/** `a no-break space (U+00A0)` */
export function spaceName(character: string): string {
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  const name = character === "\u00a0" || character === "\u202f" ? "no-break space" : "special space";
  return `a ${name} (U+${code})`;
}

const AROUND = new RegExp(`^[\\s${SEEN}]*[${SEEN}]\\s*|\\s*[${SEEN}][\\s${SEEN}]*$`, "g");

/** The text without such spaces at its ends, and the first of them; undefined if it has none there. */
export function trimMistaken(text: string): { readonly text: string; readonly found: string } | undefined {
  const trimmed = text.replace(AROUND, "");
  const found = new RegExp(`[${SEEN}]`).exec(text)?.[0];
  return trimmed === text || found === undefined ? undefined : { text: trimmed, found };
}
