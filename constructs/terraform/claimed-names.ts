import { TerraformStack, Token } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { AppRegistry } from "./app-registry";
import { defaultProvider } from "./stack-context";

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

const inPlace = new AppRegistry<Construct>();

/**
 * Reserves a name that another construct may have in another region or account. Two stacks whose providers
 * are configured alike are taken to be in the same place; whether they are is only looked at when all stacks
 * are complete.
 * @throws ValidationError if another construct of the stack has the name
 */
export function claimInPlace(scope: Construct, kind: string, name: string): void {
  const stackOf = (construct: IConstruct) => TerraformStack.of(construct).node.path;
  const what = `${kind} ${name}`;
  inPlace.claim(JSON.stringify([what, stackOf(scope)]), scope, other => declaredTwice(what, other, scope));
  scope.node.addValidation({
    validate: () =>
      [...inPlace.of(scope)].flatMap(([key, other]) => {
        const [claimedName] = JSON.parse(key) as [string, string];
        if (other === scope || claimedName !== what || !isSamePlace(other, scope)) return [];
        return [
          `${declaredTwice(what, other, scope)}. If the stacks are for different accounts, name each with ` +
            "`allowedAccountIds` of its provider",
        ];
      }),
  });
}

/** Whether both stacks have a default provider with the same settings, which name a region. */
function isSamePlace(one: Construct, other: Construct): boolean {
  const [first, second] = [one, other].map(scope => {
    const provider = defaultProvider(scope);
    const region = provider?.region;
    if (region === undefined || Token.isUnresolved(region)) return undefined;
    return JSON.stringify(provider!.toTerraform());
  });
  return first !== undefined && first === second;
}
