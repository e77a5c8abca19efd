import type { Construct } from "constructs";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import {
  type ManagedNames,
  MOST_NAMED,
  namedAccounts,
  namesFaults,
} from "../../../core/roster/managed-names";
import { accountFault } from "../../../core/users/check-account";
import { ValidationError } from "../../terraform/validation-error";
import { assertPlainTexts, refusal } from "./grant-props";

/** What the named accounts must agree with, where it is known. */
type Others = Partial<Pick<RegistryEntry, "ceiling" | "credentials">>;

/** @throws ValidationError if `alsoManages` or `takeOver` names what may not be touched, or is no account */
export function assertNamedAccounts(
  scope: Construct,
  names: ManagedNames,
  { ceiling, credentials }: Others = {},
): void {
  const { alsoManages = [], takeOver = {} } = names;
  if (!Array.isArray(alsoManages))
    throw new ValidationError('`alsoManages` must be a list of accounts: `["legacy_app@%"]`', scope);
  if (typeof takeOver !== "object" || takeOver === null || Array.isArray(takeOver))
    throw new ValidationError('`takeOver` must be accounts by users: `{ "jane.doe": "jane@%" }`', scope);
  for (const [prop, { length }] of [
    ["alsoManages", alsoManages],
    ["takeOver", Object.keys(takeOver)],
  ] as const)
    if (length > MOST_NAMED)
      throw new ValidationError(
        `\`${prop}\` must name at most ${MOST_NAMED} accounts, got: ${length}`,
        scope,
      );
  for (const text of alsoManages) assertPlainTexts(scope, { alsoManages: text });
  for (const [user, text] of Object.entries(takeOver)) {
    assertPlainTexts(scope, { "takeOver (user)": user, takeOver: text });
    const fault = accountFault(user, names.prefix);
    if (fault) throw refusal(scope, "takeOver", fault);
  }
  const [fault] = namesFaults(
    names,
    credentials && "iamUser" in credentials ? credentials.iamUser : undefined,
  );
  if (fault) throw refusal(scope, fault.prop, fault);
  for (const { user } of namedAccounts(names)) {
    const own = accountFault(user, undefined);
    if (own) throw refusal(scope, "alsoManages` or `takeOver", own);
    if (ceiling?.nativeRoles?.includes(user))
      throw new ValidationError(
        `\`alsoManages\` and \`takeOver\` must name no role, and \`ceiling.nativeRoles\` names "${user}": leave one out`,
        scope,
      );
  }
}
