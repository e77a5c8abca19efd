import { accountFault } from "./check-account";
import { type Fault, fault } from "./problem";

/** Why an account cannot have had the name; undefined if it can. @param part what follows the prefix */
export function formerlyFault(
  part: string,
  { account, kind, prefix }: { readonly account: string; readonly kind: string; readonly prefix: string },
): Fault | undefined {
  if (kind !== "person")
    return fault("only a person's account is renamed", "leave `formerly` out, or say `kind: person`");
  if (part === account)
    return fault(`"${part}" is the account's name now`, "write the name that it had before, or leave it out");
  if (part.startsWith(`${prefix}_`))
    return fault(`"${part}" has the prefix`, `write it as in a file: "${part.slice(prefix.length + 1)}"`);
  return accountFault(part, prefix);
}
