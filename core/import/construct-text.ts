import { escapeUnprintable } from "../printable";
import type { Ceiling } from "../roster/ceiling";

/** What the cluster's construct has to say for the files to count. */
export interface ConstructProps {
  readonly ceiling: Ceiling;
  readonly alsoManages?: readonly string[];
  readonly takeOver?: Readonly<Record<string, string>>;
}

/** The props as TypeScript, to be put into the construct. Every name is a quoted text. */
export const constructText = (props: ConstructProps): string =>
  Object.entries(props)
    .map(([prop, value]) => `${prop}: ${literal(value, "")},`)
    .join("\n");

/** A line of the list fits on a line of code. */
const LINE = 100;

function literal(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return quoted(value);
  const isList = Array.isArray(value);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  const inner = `${indent}  `;
  const parts = Object.entries(value).map(([key, member]) =>
    isList
      ? literal(member, inner)
      : `${/^[a-z]\w*$/i.test(key) ? key : quoted(key)}: ${literal(member, inner)}`,
  );
  if (parts.length === 0) return open + close;
  const line = isList ? `[${parts.join(", ")}]` : `{ ${parts.join(", ")} }`;
  if (isList && indent.length + line.length <= LINE) return line;
  return `${open}\n${parts.map(part => `${inner}${part},\n`).join("")}${indent}${close}`;
}

/** Characters that nobody sees are escapes, which TypeScript reads as the same text. */
const quoted = (value: unknown): string => escapeUnprintable(JSON.stringify(value));
