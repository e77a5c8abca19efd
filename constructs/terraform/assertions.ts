import { Token } from "cdktf";
import type { IConstruct } from "constructs";
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

/** @throws ValidationError if the value is given and not one of those allowed */
export function assertOneOf(
  scope: IConstruct,
  prop: string,
  value: string | undefined,
  allowed: readonly string[],
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

/**
 * Accepts an ARN: one Terraform reference, or a text without an expression. An absent value is accepted.
 * @throws ValidationError for anything else
 */
export function assertArn(scope: IConstruct, prop: string, arn: string | undefined): void {
  if (arn === undefined || isReference(arn)) return;
  if (
    Token.isUnresolved(arn) ||
    !/^arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:\d*:[^\s${}"\\*?]+$/.test(arn) ||
    arn.length > 2048
  )
    throw new ValidationError(
      `\`${prop}\` must be an ARN, as text or as one reference, got: ${quoted(arn, 120)}`,
      scope,
    );
}

/** Whether the text is one token and nothing else. */
const isReference = (text: string): boolean =>
  /^\$\{TfToken\[[^\]]+\]\}$/.test(text) && Token.isUnresolved(text);
