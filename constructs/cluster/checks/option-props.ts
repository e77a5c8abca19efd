import type { Construct } from "constructs";
import type { RosterAccount } from "../../../core/roster/roster";
import { ValidationError } from "../../terraform/validation-error";

/** The options of an account, as the props of a user have them. */
export interface OptionProps {
  readonly suspended?: boolean | undefined;
}

/**
 * The options as a roster has them: without those that say nothing.
 * @throws ValidationError if one cannot be used
 */
export function accountOptions(
  scope: Construct,
  { suspended = false }: OptionProps,
): Pick<RosterAccount, "suspended"> {
  if (typeof suspended !== "boolean")
    throw new ValidationError("`suspended` must be true or false, and known at synth", scope);
  return suspended ? { suspended } : {};
}
