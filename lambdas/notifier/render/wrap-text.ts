/** RFC 5322, 2.1.1: lines of a mail should not be longer. */
const COLUMNS = 78;
/** A line that begins so is a command, which must stay whole to be copied. */
const VERBATIM = /^ {4}/;

/**
 * Text for a plain mail: lines of at most 78 columns, except commands (indented by four), and no two empty
 * lines in a row.
 */
export function wrapText(text: string): string {
  const lines = text
    .split(/\r?\n/)
    .flatMap(line => (VERBATIM.test(line) ? [line] : wrapLine(line.trimEnd())));
  const joined = lines.join("\n").replace(/\n{3,}/g, "\n\n");
  return `${joined.trim()}\n`;
}

/**
 * One line, broken between words, and within words that are longer than a line. The following lines are
 * indented like the text of the first.
 */
function wrapLine(line: string): string[] {
  const lead = /^( *)([-+*~] )?/.exec(line)![0];
  const indent = " ".repeat(lead.length);
  const room = COLUMNS - lead.length;
  const lines: string[] = [];
  let current = "";
  const words = line.slice(lead.length).split(" ");
  for (const word of words.flatMap(whole => pieces(whole, room))) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (width(longer) <= room) current = longer;
    else {
      lines.push(current);
      current = word;
    }
  }
  return [...lines, current].map((text, index) => (index === 0 ? lead : indent) + text);
}

function pieces(word: string, room: number): string[] {
  const characters = [...word];
  if (characters.length <= room) return [word];
  return Array.from({ length: Math.ceil(characters.length / room) }, (_, i) =>
    characters.slice(i * room, (i + 1) * room).join(""),
  );
}

const width = (text: string): number => [...text].length;
