import type { IConstruct } from "constructs";
import type { IReconciler } from "../reconciler/reconciler-props";
import { AppRegistry } from "../terraform/app-registry";
import { assertText } from "../terraform/assertions";
import { ValidationError } from "../terraform/validation-error";

/** One level remains for the parts of a document that is too large for one parameter. */
const PARAMETER_NAME = {
  pattern: /^(?!\/(?:aws|ssm))(?=.{1,900}$)(\/[A-Za-z0-9_.-]+){1,14}$/i,
  rule: "the full name of an SSM parameter, not below `/aws` or `/ssm`",
};

const claimed = new AppRegistry<IConstruct>();

/**
 * Reserves the parameter of a source, and everything below it: a large document has its pieces there.
 * @throws ValidationError if it is no name of a parameter, is the registry's, or belongs to another source
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html
 */
export function claimParameter(scope: IConstruct, name: string, { registryPath }: IReconciler): void {
  assertText(scope, "parameterName", name, PARAMETER_NAME);
  if (isWithin(name, registryPath))
    throw new ValidationError(
      `\`parameterName\` must not be below the registry's path ${registryPath}, got: ${name}`,
      scope,
    );
  for (const [other, source] of claimed.of(scope))
    if (isWithin(name, other) || isWithin(other, name))
      throw new ValidationError(
        `\`parameterName\` must not be the parameter of another source, nor above or below it: ${name} and ` +
          `${other} of ${source.node.path}. Who may write one could write for the other. Name another parameter`,
        scope,
      );
  claimed.of(scope).set(name, scope);
}

const isWithin = (name: string, path: string): boolean => `${name}/`.startsWith(`${path}/`);
