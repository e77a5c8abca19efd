import ts from "typescript";

/** A place in a file that breaks a rule. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** A rule for one file: the places that break it, in order. */
export type CodeRule = (source: ts.SourceFile) => Finding[];

const MAX_FUNCTION_LINES = 60;
const MAX_PARAMETERS = 4;

export const parsed = (file: string, text: string): ts.SourceFile =>
  ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);

/** A function (constructor, arrow and method included) has at most 60 lines. */
export const shortFunctions: CodeRule = byNode((node, source) => {
  if (!ts.isFunctionLike(node)) return undefined;
  const lines = lineAt(source, node.end) - lineAt(source, node.getStart()) + 1;
  return lines > MAX_FUNCTION_LINES ? `a function of ${lines} lines` : undefined;
});

/** A function has at most four parameters. */
export const fewParameters: CodeRule = byNode(node =>
  ts.isFunctionLike(node) && node.parameters.length > MAX_PARAMETERS
    ? `a function with ${node.parameters.length} parameters`
    : undefined,
);

/** No message is made from the message of a caught error, and no message is changed. */
export const noMessageFromMessage: CodeRule = byNode(node => {
  if (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    isMessage(node.left)
  )
    return "changes the message of an error";
  if (!isMessage(node) || !isCaught(node)) return undefined;
  const { user, part } = userOf(node);
  const made =
    ts.isTemplateSpan(user) ||
    (ts.isBinaryExpression(user) && user.operatorToken.kind === ts.SyntaxKind.PlusToken) ||
    (ts.isNewExpression(user) && user.arguments?.includes(part as ts.Expression));
  return made ? "makes a message from the message of a caught error" : undefined;
});

const TEXT_TESTS = ["match", "matchAll", "includes", "startsWith", "endsWith", "search", "indexOf"];
const PATTERN_TESTS = ["test", "exec"];

/** No pattern and no text search looks at a message: errors carry codes and fields. */
export const noSearchInProse: CodeRule = byNode(node => {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const { name, expression: receiver } = node.expression;
  const searched = TEXT_TESTS.includes(name.text)
    ? receiver
    : PATTERN_TESTS.includes(name.text)
      ? node.arguments[0]
      : undefined;
  return searched && isMessage(plain(searched)) ? "looks for a pattern in a message" : undefined;
});

/** No spread of an object literal, which only changes the layout, nor of one that is empty on a condition. */
export const noSpreadIdioms: CodeRule = byNode(node => {
  if (!ts.isSpreadAssignment(node)) return undefined;
  const spread = plain(node.expression);
  if (ts.isObjectLiteralExpression(spread)) return "spreads an object literal: write its members";
  const isEmpty = (branch: ts.Expression) => {
    const literal = plain(branch);
    return ts.isObjectLiteralExpression(literal) && literal.properties.length === 0;
  };
  return ts.isConditionalExpression(spread) && [spread.whenTrue, spread.whenFalse].some(isEmpty)
    ? "spreads an object that is empty on a condition: use `defined` of core/json.ts"
    : undefined;
});

/** Members are private by `#`, not by the keyword. A constructor can have the keyword only. */
export const noPrivateKeyword: CodeRule = byNode(node =>
  node.kind === ts.SyntaxKind.PrivateKeyword && !ts.isConstructorDeclaration(node.parent)
    ? "has a `private` member: use `#`"
    : undefined,
);

/** Looks at each node of a file; `find` says what is wrong with it. */
function byNode(find: (node: ts.Node, source: ts.SourceFile) => string | undefined): CodeRule {
  return source => {
    const findings: Finding[] = [];
    const visit = (node: ts.Node): void => {
      const what = find(node, source);
      if (what !== undefined) {
        findings.push({ file: source.fileName, line: lineAt(source, node.getStart()), what });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return findings;
  };
}

const lineAt = (source: ts.SourceFile, position: number): number =>
  source.getLineAndCharacterOfPosition(position).line + 1;

/** `x.message`, `errorText(x)`, or a name `message` that was taken out of an object. */
function isMessage(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === "message";
  if (ts.isCallExpression(node))
    return ts.isIdentifier(node.expression) && node.expression.text === "errorText";
  return ts.isIdentifier(node) && node.text === "message" && isTakenOut(node);
}

/** Whether a name is bound by a pattern (`const { message } = error`) somewhere around its use. */
function isTakenOut(use: ts.Identifier): boolean {
  if (ts.isPropertyAccessExpression(use.parent) && use.parent.name === use) return false;
  if (ts.isBindingElement(use.parent)) return false;
  for (let scope: ts.Node = use; scope; scope = scope.parent) {
    const statements = ts.isBlock(scope) || ts.isSourceFile(scope) ? scope.statements : [];
    for (const statement of statements) {
      if (!ts.isVariableStatement(statement)) continue;
      for (const { name } of statement.declarationList.declarations)
        if (
          ts.isObjectBindingPattern(name) &&
          name.elements.some(element => element.name.getText() === use.text)
        )
          return true;
    }
  }
  return false;
}

/**
 * Whether a node is in a catch clause, in the function that is given to `.catch(...)`, or in a function of
 * the same file that one of them calls with the caught error.
 */
function isCaught(node: ts.Node): boolean {
  for (let around: ts.Node = node; around; around = around.parent) {
    if (ts.isCatchClause(around) || isGivenToCatch(around)) return true;
    const name = nameOfFunction(around);
    if (name !== undefined && getsCaught(name, around.getSourceFile())) return true;
  }
  return false;
}

/** Whether a node is the argument of `.catch(...)`. */
function isGivenToCatch(node: ts.Node): boolean {
  const call = node.parent;
  return (
    call !== undefined &&
    ts.isCallExpression(call) &&
    call.arguments.some(argument => argument === node) &&
    ts.isPropertyAccessExpression(call.expression) &&
    call.expression.name.text === "catch"
  );
}

/** The name by which a file calls its function. */
function nameOfFunction(node: ts.Node): string | undefined {
  if (ts.isFunctionDeclaration(node)) return node.name?.text;
  const isValue = ts.isArrowFunction(node) || ts.isFunctionExpression(node);
  return isValue && ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : undefined;
}

/** Whether a file gives a function of its own a caught error: `.catch(name)`, or `name(error)`. */
function getsCaught(name: string, source: ts.SourceFile): boolean {
  const search = (node: ts.Node, caught: readonly string[]): boolean => {
    if (ts.isIdentifier(node) && node.text === name && isGivenToCatch(node)) return true;
    if (ts.isCallExpression(node) && node.expression.getText() === name)
      if (node.arguments.some(argument => caught.includes(argument.getText()))) return true;
    const more = [...caught, ...caughtBy(node)];
    return ts.forEachChild(node, child => search(child, more) || undefined) ?? false;
  };
  return search(source, []);
}

/** The names of the caught error in a catch clause, or in the function that is given to `.catch(...)`. */
function caughtBy(node: ts.Node): string[] {
  if (ts.isCatchClause(node))
    return node.variableDeclaration ? [node.variableDeclaration.name.getText()] : [];
  const isGiven = ts.isFunctionLike(node) && isGivenToCatch(node);
  return isGiven ? node.parameters.map(parameter => parameter.name.getText()) : [];
}

/**
 * What uses a value, and the part of it that holds the value: casts, choices, `String()` and `.split()[0]` do
 * not count.
 */
function userOf(value: ts.Node): { user: ts.Node; part: ts.Node } {
  let part = value;
  while (isTransparent(part.parent, part)) part = part.parent;
  return { user: part.parent, part };
}

const isTransparent = (node: ts.Node, part: ts.Node): boolean =>
  ts.isParenthesizedExpression(node) ||
  ts.isAsExpression(node) ||
  ts.isNonNullExpression(node) ||
  ts.isConditionalExpression(node) ||
  (ts.isCallExpression(node) && node.expression.getText() === "String" && node.arguments[0] === part) ||
  (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) ||
  ((ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) || ts.isCallExpression(node)) &&
    node.expression === part);

/** An expression without parentheses and casts around it. */
function plain(expression: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(expression) ||
    ts.isAsExpression(expression) ||
    ts.isNonNullExpression(expression)
    ? plain(expression.expression)
    : expression;
}
