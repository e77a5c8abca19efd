import { lowerName } from "../catalogue/lower-case";

/** Quoted names, and words. Comments and texts count, too: code can run a text. */
const NAMES = /`((?:[^`]|``)+)`|"((?:[^"]|"")+)"|([\p{L}\p{N}_$]+)/gu;

/** The names in the text of a routine, trigger or event, in lower case. */
export function namesInCode(body: string): ReadonlySet<string> {
  const names = [...body.matchAll(NAMES)].map(
    ([, ticked, quoted, word]) => ticked?.replaceAll("``", "`") ?? quoted?.replaceAll('""', '"') ?? word!,
  );
  // A quoted text may be code that is run.
  return new Set(names.flatMap(name => [name, ...name.split(/[.\s`]+/)]).map(lowerName));
}
