/** RFC 5322, 2.1.1: what a line of a mail should not be longer than. */
const COLUMNS = 78;
/** A line that begins so is a command, to be copied as it is. */
const VERBATIM = /^ {4}/;

/** Text for a terminal or a plain mail: no line over 78 columns, but commands (indented by four); never two empty lines in a row. */
export function wrapText(text: string): string {
  const lines = text
    .split(/\r?\n/)
    .flatMap(line => (VERBATIM.test(line) ? [line] : wrapLine(line.trimEnd())));
  return `${lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}

/** One line, broken between words (within those that are too long); what follows is indented like the text of the first. */
function wrapLine(line: string): string[] {
  const lead = /^( *)([-+*~] )?/.exec(line)![0];
  const indent = " ".repeat(lead.length);
  const room = COLUMNS - lead.length;
  const lines: string[] = [];
  let current = "";
  for (const word of line
    .slice(lead.length)
    .split(" ")
    .flatMap(word => pieces(word, room))) {
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
