/** What IAM takes in a policy of an identity, as far as policies to log in need it. */

const ARN = /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{12}:\S+$/;
const VARIABLE = /\$\{aws:(username|PrincipalTag\/[\w+=,.@:/-]{1,128})\}/g;
const OPERATOR =
  /^(For(All|Any)Values?:)?(String|Arn|Numeric|Date)(Not)?(Equals|Like|EqualsIgnoreCase|LessThan|GreaterThan)(IfExists)?$|^Bool(IfExists)?$|^Null$/;
const MEMBERS = new Set(["Sid", "Effect", "Action", "Resource", "Condition"]);

const textsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

function* statementFaults(statement: Record<string, unknown>): Generator<string> {
  for (const member of Object.keys(statement)) if (!MEMBERS.has(member)) yield `the member ${member}`;
  if (statement["Effect"] !== "Allow") yield `the effect ${statement["Effect"]}`;
  for (const action of textsOf(statement["Action"]))
    if (action !== "rds-db:connect") yield `the action ${action}`;
  const resources = textsOf(statement["Resource"]);
  if (resources.length === 0) yield "no resource";
  for (const resource of resources) {
    const text = String(resource);
    if (!ARN.test(text)) yield `the resource ${text}`;
    if (/[*?]|[$]/.test(text.replace(VARIABLE, ""))) yield `a pattern or another variable in ${text}`;
  }
  for (const [operator, keys] of Object.entries((statement["Condition"] ?? {}) as object)) {
    if (!OPERATOR.test(operator)) yield `the operator ${operator}`;
    for (const [key, values] of Object.entries(keys as object)) {
      if (!/^aws:[\w/+=,.@:-]+$/.test(key)) yield `the key ${key}`;
      if (textsOf(values).some(value => typeof value !== "string" || value === "")) yield `a value of ${key}`;
    }
  }
}

/**
 * What is wrong with a policy's document.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function policyFaults(document: string): string[] {
  if (!/^[\t\n\r\x20-\xff]*$/.test(document)) return ["a character that IAM does not take"];
  const { Version, Statement, ...others } = JSON.parse(document) as Record<string, unknown>;
  const statements = Statement as Record<string, unknown>[];
  return [
    ...Object.keys(others).map(member => `the member ${member}`),
    ...(Version === "2012-10-17" ? [] : [`the version ${Version}`]),
    ...(statements.length > 0 ? [] : ["no statement"]),
    ...statements.flatMap(statement => [...statementFaults(statement)]),
  ];
}

/** A document's length, as IAM counts it. */
export const policyLength = (document: string): number => document.replace(/\s/g, "").length;

/** A text of a stack as Terraform gives it to IAM, with the longest values of what it looks up. */
export const asGiven = (text: string): string =>
  text
    .replace(/(?<!\$)\$\{data\.aws_partition\.[^}]*\}/g, "aws-us-gov")
    .replace(/(?<!\$)\$\{data\.aws_region\.[^}]*\}/g, "ap-southeast-99x")
    .replace(/(?<!\$)\$\{data\.aws_caller_identity\.[^}]*\}/g, "111122223333")
    .replace(/(?<!\$)\$\{var\.[^}]*\}/g, `cluster-${"A".repeat(26)}`)
    .replaceAll("$${", () => "${");
