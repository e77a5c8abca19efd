import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { sourcesOf } from "./imports";
import { ROOT } from "./project";

/** A file of the project's as a syntax tree. */
function parsed(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(join(ROOT, file), "utf8"), ts.ScriptTarget.ES2022, true);
}

function visit(node: ts.Node, on: (node: ts.Node) => void): void {
  on(node);
  ts.forEachChild(node, child => visit(child, on));
}

/** The syntax trees of folders or files, in order. */
export const treesOf = (rooms: readonly string[]): ts.SourceFile[] => rooms.flatMap(sourcesOf).map(parsed);

const LEVELS = ["info", "error", "debug"];

/** The variables of a file that are one text. */
function constantsOf(tree: ts.SourceFile): ReadonlyMap<string, string> {
  const constants = new Map<string, string>();
  visit(tree, node => {
    if (ts.isVariableDeclaration(node) && node.initializer && ts.isStringLiteral(node.initializer))
      constants.set(node.name.getText(), node.initializer.text);
  });
  return constants;
}

/** The texts that an expression can be: itself, a constant of its file, or either branch of a condition. */
function textsOf(node: ts.Expression): string[] | undefined {
  if (ts.isStringLiteralLike(node)) return [node.text];
  const constant = ts.isIdentifier(node) && constantsOf(node.getSourceFile()).get(node.text);
  if (constant) return [constant];
  if (!ts.isConditionalExpression(node)) return undefined;
  const [yes, no] = [textsOf(node.whenTrue), textsOf(node.whenFalse)];
  return yes && no && [...yes, ...no];
}

/** Whether a call writes a line to a log: `log.info(...)`, `call.log.error(...)`, `this.#log?.debug(...)`. */
const isLogCall = ({ expression }: ts.CallExpression): boolean =>
  ts.isPropertyAccessExpression(expression) &&
  LEVELS.includes(expression.name.text) &&
  /(^|[.#])log$/.test(expression.expression.getText().replace(/\?$/, ""));

type NamedFunction = { readonly name: string; readonly parameters: readonly ts.ParameterDeclaration[] };

/** The function around a node that callers know by a name. */
function namedFunctionAround(node: ts.Node): NamedFunction | undefined {
  for (let at = node.parent; at; at = at.parent) {
    if ((ts.isFunctionDeclaration(at) || ts.isMethodDeclaration(at)) && at.name)
      return { name: at.name.getText(), parameters: at.parameters };
    if ((ts.isArrowFunction(at) || ts.isFunctionExpression(at)) && ts.isVariableDeclaration(at.parent))
      return { name: at.parent.name.getText(), parameters: at.parameters };
  }
  return undefined;
}

export interface LogEvents {
  readonly names: readonly string[];
  /** Log calls whose event name could not be read: each is a hole in the list. */
  readonly unreadable: readonly string[];
}

/**
 * The names of the log events that code writes.
 * If a function passes one of its parameters on as the name, its callers are searched, too.
 */
export function logEventsIn(rooms: readonly string[]): LogEvents {
  const names = new Set<string>();
  const unreadable: string[] = [];
  const trees = treesOf(rooms);
  const handedOn = new Map<string, number>();
  const read = (call: ts.CallExpression, index: number): void => {
    const argument = call.arguments[index];
    const texts = argument && textsOf(argument);
    if (texts) for (const text of texts) names.add(text);
    else {
      const around = namedFunctionAround(call);
      const position = around?.parameters.findIndex(({ name }) => name.getText() === argument?.getText());
      if (around && position !== undefined && position >= 0) handedOn.set(around.name, position);
      else unreadable.push(`${call.getSourceFile().fileName}: ${call.getText().slice(0, 80)}`);
    }
  };
  for (const tree of trees)
    visit(tree, node => {
      if (ts.isCallExpression(node) && isLogCall(node)) read(node, 0);
    });
  for (const [name, position] of handedOn)
    for (const tree of trees)
      visit(tree, node => {
        if (!ts.isCallExpression(node)) return;
        const called = ts.isPropertyAccessExpression(node.expression)
          ? node.expression.name
          : node.expression;
        if (called.getText() === name) read(node, position);
      });
  return { names: [...names].sort(), unreadable };
}

/** The stable codes of error classes: `readonly code = "..."`, or `extends errorWith("...")`. */
export function errorCodesIn(rooms: readonly string[]): string[] {
  const codes = new Set<string>();
  for (const tree of treesOf(rooms))
    visit(tree, node => {
      if (ts.isPropertyDeclaration(node) && node.name.getText() === "code" && node.initializer)
        if (ts.isStringLiteral(node.initializer)) codes.add(node.initializer.text);
      if (ts.isCallExpression(node) && /^(errorWith|causedErrorWith)$/.test(node.expression.getText()))
        for (const code of node.arguments) if (ts.isStringLiteral(code)) codes.add(code.text);
    });
  return [...codes].sort();
}

/** The members of a type that is a union of texts. */
export function unionIn(rooms: readonly string[], name: string): string[] {
  const members: string[] = [];
  for (const tree of treesOf(rooms))
    visit(tree, node => {
      if (!ts.isTypeAliasDeclaration(node) || node.name.text !== name) return;
      visit(node.type, part => {
        if (ts.isLiteralTypeNode(part) && ts.isStringLiteral(part.literal)) members.push(part.literal.text);
      });
    });
  return members;
}

/** What a stored item's key may begin with, as code spells it: `head`, `blob#`, `#clusters`. */
export function ledgerKeysIn(rooms: readonly string[]): string[] {
  const keys = new Set<string>();
  for (const tree of treesOf(rooms)) {
    const constants = constantsOf(tree);
    visit(tree, node => {
      const text = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) ? node.text : "";
      const marked = /^[a-z]+#|^#[a-z]+$/.exec(text);
      if (marked) keys.add(marked[0]);
      if (!ts.isPropertyAssignment(node) || node.name.getText() !== "sk") return;
      const value = ts.isStringLiteral(node.initializer)
        ? node.initializer.text
        : constants.get(node.initializer.getText());
      if (value) keys.add(value);
    });
  }
  return [...keys].sort();
}

/** The exit codes that functions called `run` and the program itself name. */
export function exitCodesIn(rooms: readonly string[]): number[] {
  const codes = new Set<number>();
  const add = (node: ts.Node): void => {
    if (ts.isNumericLiteral(node)) codes.add(Number(node.text));
    else if (ts.isConditionalExpression(node))
      for (const branch of [node.whenTrue, node.whenFalse]) add(branch);
  };
  for (const tree of treesOf(rooms))
    visit(tree, node => {
      if (ts.isReturnStatement(node) && node.expression && returnsExitCode(node)) add(node.expression);
      if (ts.isBinaryExpression(node) && node.left.getText() === "process.exitCode") add(node.right);
    });
  return [...codes].sort();
}

/** Whether the function around a return statement is a `run`, or returns a number. */
function returnsExitCode(node: ts.Node): boolean {
  for (let at = node.parent; at; at = at.parent)
    if (ts.isFunctionLike(at)) return /: (Promise<)?number>?$/.test(signatureOf(at)) || isRun(at);
  return false;
}

const signatureOf = (node: ts.SignatureDeclaration): string => (node.type ? `: ${node.type.getText()}` : "");
const isRun = (node: ts.SignatureDeclaration): boolean => node.name?.getText() === "run";
