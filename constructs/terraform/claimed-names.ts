import type { IConstruct } from "constructs";
import { AppRegistry } from "./app-registry";
import { ValidationError } from "./validation-error";

const claimed = new AppRegistry<IConstruct>();

/**
 * Reserves a name of an AWS resource for the construct. Terraform addresses are made of names, so two
 * constructs with the same name would silently become one resource.
 * @throws ValidationError if another construct of the app has the name
 */
export function claimName(scope: IConstruct, kind: string, name: string): void {
  const names = claimed.of(scope);
  const key = `${kind} ${name}`;
  const other = names.get(key);
  if (other !== undefined)
    throw new ValidationError(
      `the ${kind} ${name} is declared twice: at ${other.node.path} and at ${scope.node.path}`,
      scope,
    );
  names.set(key, scope);
}
