import { nearestHint } from "../users/nearest";
import { TEMPLATE_VARIABLES } from "./template-variables";

/** A section that is open: its opening tag, its name, and the line where it begins. */
interface Section {
  readonly tag: string;
  readonly name: string;
  readonly line: number;
}

/**
 * What is wrong with the tags of a Mustache template that has no unescaped tags, partials and delimiters of
 * its own: a tag or a section without its end, or a variable that no event has. Undefined if nothing is.
 * @see https://mustache.github.io/mustache.5.html
 */
export function templateFault(template: string): string | undefined {
  const open: Section[] = [];
  for (let at = template.indexOf("{{"); at >= 0; at = template.indexOf("{{", at)) {
    const line = template.slice(0, at).split("\n").length;
    const end = template.indexOf("}}", at);
    const text = template.slice(at + 2, end);
    if (end < 0 || text.includes("{{") || /[{}]/.test(text))
      return `line ${line}: \`${template.slice(at, at + 40).split("\n")[0]}\` has no \`}}\``;
    const fault = tagFault(text.trim(), line, open);
    if (fault !== undefined) return `line ${line}: ${fault}`;
    at = end + 2;
  }
  const left = open.at(-1);
  return left && `line ${left.line}: ${left.tag} has no {{/${left.name}}}`;
}

/** Opens and ends sections in `open`. */
function tagFault(tag: string, line: number, open: Section[]): string | undefined {
  if (tag.startsWith("!")) return undefined;
  const kind = /^[#^/]/.exec(tag)?.[0] ?? "";
  const name = tag.slice(kind.length).trim();
  if (kind === "/") {
    const last = open.pop();
    if (last === undefined) return `{{/${name}}} ends nothing`;
    return last.name === name
      ? undefined
      : `{{/${name}}} ends ${last.tag}, which begins in line ${last.line}`;
  }
  const fault = variableFault(name, open);
  if (kind !== "") open.push({ tag: `{{${kind}${name}}}`, name, line });
  return fault;
}

function variableFault(variable: string, open: readonly Section[]): string | undefined {
  if (variable === ".") return undefined;
  const within = open.flatMap(({ name }) => partsOf(name));
  const known = [...Object.keys(TEMPLATE_VARIABLES), ...within];
  const dotted = Object.keys(TEMPLATE_VARIABLES).flatMap(name =>
    partsOf(name).map(part => `${name}.${part}`),
  );
  const isKnown = variable.includes(".") ? dotted.includes(variable) : known.includes(variable);
  if (isKnown) return undefined;
  const sections = Object.keys(TEMPLATE_VARIABLES).filter(name => partsOf(name).includes(variable));
  if (sections.length > 0)
    return (
      `unknown variable "${variable}" here; it is known within ` +
      sections.map(name => `{{#${name}}}`).join(" and ")
    );
  const candidates = variable.includes(".") ? dotted : known;
  return `unknown variable "${variable}"; ${nearestHint(variable, candidates, "")}`;
}

const partsOf = (name: string): readonly string[] =>
  Object.hasOwn(TEMPLATE_VARIABLES, name) ? TEMPLATE_VARIABLES[name]! : [];
