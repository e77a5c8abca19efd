import type { IConstruct } from "constructs";
import { AppRegistry } from "./app-registry";

/** The message about two constructs of the same name. */
export const declaredTwice = (name: string, first: IConstruct, second: IConstruct): string =>
  `the ${name} is declared twice: at ${first.node.path} and at ${second.node.path}`;

const claimed = new AppRegistry<IConstruct>();

/**
 * Reserves a name of an AWS resource for the construct. Terraform addresses are made of names, so two
 * constructs with the same name would silently become one resource.
 * @throws ValidationError if another construct of the app has the name
 */
export function claimName(scope: IConstruct, kind: string, name: string): void {
  const key = `${kind} ${name}`;
  claimed.claim(key, scope, other => declaredTwice(key, other, scope));
}
