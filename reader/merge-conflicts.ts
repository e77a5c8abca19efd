import type { Repair } from "./repairs";

const MARKER = /^([<=>|])\1{6}(?: |$)/;

/**
 * The conflicts that a merge left in the lines, each as one mistake: from `<<<<<<<` to `>>>>>>>`. The
 * lines of
 * the first side stay, so that the rest of the file can be checked.
 */
export function mergeConflicts(lines: readonly string[]): Repair[] {
  const found: Repair[] = [];
  let open: { at: number; lines: Map<number, string>; side: number } | undefined;
  const close = (end: number | undefined) => {
    if (!open) return;
    const until = end === undefined ? ", and does not end" : `, and ends in line ${end + 1}`;
    found.push(conflict(open.at, `a merge conflict begins here${until}`, open.lines));
    open = undefined;
  };
  for (const [index, line] of lines.entries()) {
    const marker = MARKER.exec(line)?.[1];
    if (marker === "<") {
      close(undefined);
      open = { at: index, lines: new Map(), side: 0 };
    } else if (marker && !open)
      found.push(conflict(index, "a mark of a merge conflict is left here", new Map([[index, ""]])));
    if (!open) continue;
    if (marker === "=" || marker === "|") open.side++;
    if (marker || open.side > 0) open.lines.set(index, "");
    if (marker === ">") close(index);
  }
  close(undefined);
  return found;
}

const conflict = (line: number, message: string, lines: ReadonlyMap<number, string>): Repair => ({
  at: { line, column: 0 },
  message,
  hint: "decide what holds, and take the lines with `<<<<<<<`, `=======` and `>>>>>>>` out",
  lines,
});
