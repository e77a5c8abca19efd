import { Token } from "cdktf";
import type { IConstruct } from "constructs";
import { ValidationError } from "./validation-error";

/**
 * That a prop is an ARN: a reference of Terraform's, or a text that holds no expression.
 * @throws ValidationError where it is anything else
 */
export function assertArn(scope: IConstruct, prop: string, arn: string): void {
  if (isReference(arn)) return;
  if (
    Token.isUnresolved(arn) ||
    !/^arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:\d*:[^\s${}"\\*?]+$/.test(arn) ||
    arn.length > 2048
  )
    throw new ValidationError(
      `\`${prop}\` must be an ARN, as text or as one reference, got: ${shown(arn)}`,
      scope,
    );
}

/** One token and nothing beside it. */
const isReference = (text: string): boolean =>
  /^\$\{TfToken\[[^\]]+\]\}$/.test(text) && Token.isUnresolved(text);

const shown = (text: string): string => JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
