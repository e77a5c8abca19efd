import { Token } from "cdktf";
import type { IConstruct } from "constructs";
import { REGION_PATTERN } from "../../core/contract/certificate-regions";
import { EXTERNAL_ID_PATTERN } from "../../core/contract/registry-entry";
import { quoted, ValidationError } from "./validation-error";

/** What a text must look like, and the same in words for the error: `1 to 40 letters and digits`. */
export interface TextRule {
  readonly pattern: RegExp;
  readonly rule: string;
}

/** @throws ValidationError if the text is a token or breaks the rule */
export function assertText(scope: IConstruct, prop: string, text: string, { pattern, rule }: TextRule): void {
  if (Token.isUnresolved(text) || !pattern.test(text))
    throw new ValidationError(`\`${prop}\` must be ${rule}, known at synth, got: ${text}`, scope);
}

/**
 * Checks a text where it is known at synth. A token and an absent text are accepted.
 * @throws ValidationError if the text breaks the rule, or is no text
 */
export function assertKnownText(
  scope: IConstruct,
  prop: string,
  text: string | undefined,
  { pattern, rule }: TextRule,
): void {
  if (text === undefined || Token.isUnresolved(text)) return;
  if (typeof text !== "string" || !pattern.test(text))
    throw new ValidationError(`\`${prop}\` must be ${rule}, got: ${quoted(String(text), 255)}`, scope);
}

/** The name of a region. */
export const REGION: TextRule = {
  pattern: REGION_PATTERN,
  rule: "the name of a region (`eu-west-1`)",
};
/** The number of an account. */
export const ACCOUNT_ID: TextRule = { pattern: /^\d{12}$/, rule: "the 12 digits of an account" };

/** What a role of another account may ask for in its trust policy. */
export const EXTERNAL_ID: TextRule = {
  pattern: EXTERNAL_ID_PATTERN,
  rule: "an external id: 2 to 1224 letters, digits and `+=,.@:/-_`",
};

/** @throws ValidationError if the value is given and not one of those allowed */
export function assertOneOf<T extends string | number>(
  scope: IConstruct,
  prop: string,
  value: T | undefined,
  allowed: readonly T[],
): void {
  if (value !== undefined && !allowed.includes(value))
    throw new ValidationError(`\`${prop}\` must be one of ${allowed.join(", ")}, got: ${value}`, scope);
}

/** @throws ValidationError if the value is a token */
export function assertKnown(scope: IConstruct, prop: string, value: number | undefined): void {
  if (Token.isUnresolved(value)) throw new ValidationError(`\`${prop}\` must be known at synth`, scope);
}

/**
 * Checks a number that is known at synth; a token is accepted.
 * @param limits the third member says why, as a sentence
 * @throws ValidationError if it is not a whole number from minimum to maximum
 */
export function assertWhole(
  scope: IConstruct,
  prop: string,
  value: number | undefined,
  [minimum, maximum, reason = ""]: readonly [minimum: number, maximum: number, reason?: string],
): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!Number.isInteger(value) || value < minimum || value > maximum)
    throw new ValidationError(
      `\`${prop}\` must be a whole number from ${minimum} to ${maximum}, got: ${value}${reason && `. ${reason}`}`,
      scope,
    );
}

/** What an ARN names, by what follows `arn:<partition>:`. */
const ARNS = {
  secret: { pattern: /^secretsmanager:[^:]+:\d{12}:secret:/, what: "the ARN of a secret" },
  key: { pattern: /^kms:[^:]+:\d{12}:key\//, what: "the ARN of a KMS key, not of an alias" },
  role: { pattern: /^iam::\d{12}:role\//, what: "the ARN of a role" },
  policy: { pattern: /^iam::(\d{12}|aws):policy\//, what: "the ARN of a policy" },
  topic: { pattern: /^sns:[^:]+:\d{12}:[^:]+$/, what: "the ARN of a topic" },
  permissionSet: { pattern: /^sso:::permissionSet\//, what: "the ARN of a permission set" },
  codeSigning: {
    pattern: /^lambda:[^:]+:\d{12}:code-signing-config:/,
    what: "the ARN of a code signing configuration",
  },
  instance: { pattern: /^sso:::instance\//, what: "the ARN of an instance of Identity Center" },
} as const;

/**
 * Accepts an ARN: one Terraform reference, or a text without an expression. An absent value is accepted.
 * @throws ValidationError for anything else
 */
export function assertArn(
  scope: IConstruct,
  prop: string,
  arn: string | undefined,
  kind: keyof typeof ARNS,
): void {
  if (arn === undefined || isReference(arn)) return;
  const { pattern, what } = ARNS[kind];
  const named = /^arn:[a-z0-9-]+:([a-z0-9-]+:[a-z0-9-]*:(?:\d*|aws):[^\s${}"\\*?]+)$/.exec(String(arn))?.[1];
  if (Token.isUnresolved(arn) || named === undefined || !pattern.test(named) || arn.length > 2048)
    throw new ValidationError(
      `\`${prop}\` must be ${what}, as text or as one reference, got: ${quoted(String(arn), 120)}`,
      scope,
    );
}

/** Whether the text is one token and nothing else. */
const isReference = (text: string): boolean =>
  /^\$\{TfToken\[[^\]]+\]\}$/.test(text) && Token.isUnresolved(text);
