import Mustache from "mustache";
import type { EventType } from "../../../core/events/events";
import type { TEMPLATE_KINDS } from "../../../core/events/notifications";
import { HTML_TEMPLATES } from "./html-templates";
import { clip, oneLine } from "./plain-text";
import { SUBJECT_TEMPLATES, TEXT_TEMPLATES } from "./text-templates";
import type { View } from "./view";
import { wrapText } from "./wrap-text";

export type TemplateKind = (typeof TEMPLATE_KINDS)[number];
/**
 * Templates that replace default ones, by name (`<event>.<subject|html|text>`), without those that were
 * refused.
 */
export type Replacements = ReadonlyMap<string, string>;

const NO_REPLACEMENTS: Replacements = new Map();

const DEFAULTS: Readonly<Record<TemplateKind, Readonly<Record<EventType, string>>>> = {
  subject: SUBJECT_TEMPLATES,
  html: HTML_TEMPLATES,
  text: TEXT_TEMPLATES,
};
/** Every mail client cuts longer subjects. */
const SUBJECT_LENGTH = 150;
/** Subjects and plain text have no markup, so nothing in them is escaped. */
const UNESCAPED = { escape: (value: unknown): string => String(value) };

export function renderSubject(view: View, replacements = NO_REPLACEMENTS): string {
  const template = templateFor("subject", view, replacements);
  return clip(oneLine(Mustache.render(template, subjectView(view), {}, UNESCAPED)), SUBJECT_LENGTH);
}

/** What subjects see: nothing that only a source's document says, as no one reviewed that. */
const subjectView = (view: View): View =>
  view.source === ""
    ? view
    : { ...view, account: `an account of ${view.source}`, email: "", lines: [], ending: [], login: false };

/** Lines of at most 78 columns. */
export const renderText = (view: View, replacements = NO_REPLACEMENTS): string =>
  wrapText(Mustache.render(templateFor("text", view, replacements), view, {}, UNESCAPED));

export const renderHtml = (view: View, replacements = NO_REPLACEMENTS): string =>
  Mustache.render(templateFor("html", view, replacements), view);

const templateFor = (kind: TemplateKind, view: View, replacements: Replacements): string =>
  replacements.get(`${view.event}.${kind}`) ?? DEFAULTS[kind][view.event];

/** Why a template cannot replace the default one; undefined if it can. */
export function templateFault(name: string, template: string): string | undefined {
  if (template.trim() === "") return "it is empty";
  let tokens: Token[];
  try {
    tokens = Mustache.parse(template) as Token[];
  } catch (error) {
    return error instanceof Error ? error.message : "it cannot be read";
  }
  const tags = flat(tokens);
  if (tags.some(([type]) => type === ">")) return "it has a partial ({{> ...}}), and there are no partials";
  if (name.endsWith(".html") && tags.some(([type]) => type === "&"))
    return "it has an unescaped tag ({{{...}}} or {{& ...}}), by which a name could add markup to the mail: write {{...}}";
  return undefined;
}

/** A token of Mustache: type, value, start, end, and the tokens within a section. */
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
