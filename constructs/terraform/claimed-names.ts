import type { IConstruct } from "constructs";
import { AppRegistry } from "./app-registry";
import { ValidationError } from "./validation-error";

const claimed = new AppRegistry<IConstruct>();

/**
 * Takes a name of AWS for the construct. Addresses are made of names, so that two of one name would be one resource without a word.
 * @throws ValidationError where another construct of the app has it.
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
