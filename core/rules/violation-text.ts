import { nameSome } from "../name-some";
import { type Holding, holdingText } from "./holdings";
import type { RuleViolation } from "./rule-violations";

/** More grants would not make a message clearer. */
const MOST_SHOWN = 10;

/**
 * What is wrong, which grants it is, and the rule.
 * @param placeOf where a grant is written: ` (users/jane.doe.yaml:7)`
 */
export function violationText(
  { fault, rule, shown, why }: Omit<RuleViolation, "hint" | "at">,
  placeOf: (holding: Holding) => string = inAccount,
): string {
  const grants = shown.slice(0, MOST_SHOWN).map(holding => `${holdingText(holding)}${placeOf(holding)}`);
  const more = shown.length > MOST_SHOWN ? ` and ${shown.length - MOST_SHOWN} more` : "";
  const because = why === undefined ? "" : `: ${why}`;
  return `${fault}: ${nameSome(grants)}${more}. The rule ${rule} forbids it${because}`;
}

/** ` (sl_jane.doe)`, or the source that declares the account. */
const inAccount = ({ account, details }: Holding): string =>
  ` (${account}${details.source === undefined ? "" : ` of ${details.source}`})`;
