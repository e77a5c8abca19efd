import Mustache from "mustache";
import type { EventType } from "../../../core/events/events";
import type { TEMPLATE_KINDS } from "../../../core/events/notifications";
import { HTML_TEMPLATES } from "./html-templates";
import { clip, oneLine } from "./plain-text";
import { SUBJECT_TEMPLATES, TEXT_TEMPLATES } from "./text-templates";
import type { View } from "./view";
import { wrapText } from "./wrap-text";

export type TemplateKind = (typeof TEMPLATE_KINDS)[number];
/** `<event>.<subject|html|text>`. */
export type TemplateName = `${EventType}.${TemplateKind}`;
/** Templates that stand in for the default ones, by name; those that were refused are not among them. */
export type Replacements = ReadonlyMap<string, string>;

export const NO_REPLACEMENTS: Replacements = new Map();

const DEFAULTS: Readonly<Record<TemplateKind, Readonly<Record<EventType, string>>>> = {
  subject: SUBJECT_TEMPLATES,
  html: HTML_TEMPLATES,
  text: TEXT_TEMPLATES,
};
/** Longer subjects are cut in every client. */
const SUBJECT_LENGTH = 150;
/** What is nobody's markup: for subjects and plain text. */
const AS_IT_IS = { escape: (value: unknown): string => String(value) };

export function renderSubject(view: View, replacements = NO_REPLACEMENTS): string {
  return clip(
    oneLine(Mustache.render(templateFor("subject", view, replacements), view, {}, AS_IT_IS)),
    SUBJECT_LENGTH,
  );
}

/** Lines of at most 78 columns. */
export function renderText(view: View, replacements = NO_REPLACEMENTS): string {
  return wrapText(Mustache.render(templateFor("text", view, replacements), view, {}, AS_IT_IS));
}

export function renderHtml(view: View, replacements = NO_REPLACEMENTS): string {
  return Mustache.render(templateFor("html", view, replacements), view);
}

function templateFor(kind: TemplateKind, view: View, replacements: Replacements): string {
  return replacements.get(`${view.event}.${kind}`) ?? DEFAULTS[kind][view.event];
}

/** Why a template may not stand in for the default one; `undefined`: it may. */
export function templateFault(name: string, template: string): string | undefined {
  if (template.trim() === "") return "it is empty";
  let tokens: Token[];
  try {
    tokens = Mustache.parse(template) as Token[];
  } catch (error) {
    return error instanceof Error ? error.message : "it cannot be read";
  }
  const tags = flat(tokens);
  if (tags.some(([type]) => type === ">")) return "it holds a partial ({{> ...}}); there are none";
  if (name.endsWith(".html") && tags.some(([type]) => type === "&"))
    return "it holds an unescaped tag ({{{...}}} or {{& ...}}), through which a name could bring markup into the mail; write {{...}}";
  return undefined;
}

/** Mustache's own: type, value, start, end, and the tokens within a section. */
type Token = [
  type: string,
  value: string,
  start: number,
  end: number,
  within?: Token[] | string,
  ...rest: unknown[],
];

const flat = (tokens: readonly Token[]): Token[] =>
  tokens.flatMap(token => [token, ...(Array.isArray(token[4]) ? flat(token[4]) : [])]);
