/** Marks omitted lines. */
export const CUT = "…";

const depth = (line: string): number => line.search(/[^\s+~\-/<=]/);

/**
 * The part of a plan's text about one resource: from `  # address will be ...` to its closing brace, or
 * nothing.
 */
export function resourceBlock(text: string, address: string): string[] {
  const lines = text.split("\n");
  const from = lines.findIndex(line => line.startsWith(`  # ${address} `));
  if (from < 0) return [];
  const to = lines.findIndex((line, index) => index > from && line === "    }");
  return lines.slice(from, to + 1);
}

/**
 * The lines of a block that match a pattern, together with the lines inside them and around them. Omitted
 * lines become one `…`.
 */
export function excerpt(block: readonly string[], ...wanted: readonly RegExp[]): string[] {
  const kept = new Set<number>();
  block.forEach((line, index) => {
    if (line.startsWith("  # ")) kept.add(index);
    if (!wanted.some(pattern => pattern.test(line))) return;
    for (const inside of subtree(block, index)) kept.add(inside);
    for (const outside of ancestors(block, index)) kept.add(outside);
  });
  const shown: string[] = [];
  block.forEach((line, index) => {
    if (kept.has(index)) shown.push(line);
    else if (!/^\s*[)}\]]/.test(line) && !shown.at(-1)?.endsWith(CUT))
      shown.push(" ".repeat(depth(line)) + CUT);
  });
  return shown;
}

/** A line and, if it opens a bracket, the lines up to the closing one. */
function subtree(block: readonly string[], at: number): number[] {
  const opening = block[at]!;
  const all = [at];
  if (!/[({[]$/.test(opening)) return all;
  for (let index = at + 1; index < block.length; index++) {
    all.push(index);
    if (depth(block[index]!) <= depth(opening)) break;
  }
  return all;
}

function ancestors(block: readonly string[], at: number): number[] {
  const found: number[] = [];
  let level = depth(block[at]!);
  for (let index = at - 1; index >= 0; index--) {
    const line = block[index]!;
    if (depth(line) < level && /[({[]$/.test(line)) {
      found.push(index);
      level = depth(line);
    }
  }
  return found;
}

/** Terraform's warnings or errors, each as its lines without trailing empty ones. */
export function diagnostics(text: string, kind: "Warning" | "Error"): string[][] {
  const lines = text.split("\n");
  return lines.flatMap((line, from) => {
    if (!line.startsWith(`${kind}: `)) return [];
    const ends = lines.findIndex(
      (later, index) => index > from && /^(Warning|Error): |^Apply complete|^─|^Saved the plan/.test(later),
    );
    const all = lines.slice(from, ends < 0 ? undefined : ends);
    while (all.at(-1)?.trim() === "") all.pop();
    return [all];
  });
}

/** `Plan: 1 to add, ...` or `No changes. ...` or `Apply complete! ...`. */
export const conclusion = (text: string): string | undefined =>
  text.split("\n").find(line => /^(Plan: |No changes\.|Apply complete!)/.test(line));

/** The SQL of the new change set in a plan, in order. */
export function statementsIn(text: string): string[] {
  const lines = [...text.matchAll(/^\s+\+ "\d{4,6}" = ("(?:[^"\\]|\\.)*")$/gm)];
  return lines.map(
    ([, quoted]) => JSON.parse(quoted!.replaceAll("$${", "${").replaceAll("%%{", "%{")) as string,
  );
}

const COLUMNS = 120;

/** Breaks a sentence between words. All lines but the first are indented. */
export function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < COLUMNS)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `    ${word}`);
  }
  return lines;
}
