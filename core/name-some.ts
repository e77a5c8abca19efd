/** The first texts, with `; ` between, and how many more there are. */
export const listSome = (texts: readonly string[], most: number): string =>
  texts.slice(0, most).join("; ") + (texts.length > most ? `; and ${texts.length - most} more` : "");

/** The text with a full stop, unless it has one. */
export const asSentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** The first texts as sentences, each once, and how many more there are. */
export function sentences(texts: Iterable<string>, most = 10): string {
  const all = [...new Set(texts)].map(asSentence);
  return all.slice(0, most).join(" ") + (all.length > most ? ` And ${all.length - most} more.` : "");
}

/** `sl_bob, sl_eve and 3 more`: each name once, in the order given. */
export function nameSome(names: Iterable<string>, most = 10): string {
  const all = [...new Set(names)];
  return all.length > most
    ? `${all.slice(0, most).join(", ")} and ${all.length - most} more`
    : all.join(", ");
}
