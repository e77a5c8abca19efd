import type { PasswordRules } from "./observed-state";
import { PASSWORD_LOGIN } from "./password-login";
import { quoteAccount } from "./quote";
import type { AccountPlan } from "./statements-request";

/** The length of generated passwords. */
export const GENERATED_LENGTH = 40;
/** How many letters of each case, digits and other characters they have at least. */
export const GENERATED_OF_EACH = 2;

const GENERATED = {
  length: GENERATED_LENGTH,
  mixed_case_count: GENERATED_OF_EACH,
  number_count: GENERATED_OF_EACH,
  special_char_count: GENERATED_OF_EACH,
} as const satisfies PasswordRules;
type RuleName = keyof PasswordRules;
const COUNTS = ["mixed_case_count", "number_count", "special_char_count"] as const;

/**
 * The rules by the server's settings: of the component (`validate_password.length`), or of the plugin before
 * it (`validate_password_length`). Undefined: it has none.
 */
export function passwordRules(settings: ReadonlyMap<string, string>): PasswordRules | undefined {
  const of = (name: string) =>
    settings.get(`validate_password.${name}`) ?? settings.get(`validate_password_${name}`);
  const policy = of("policy");
  if (policy === undefined) return undefined;
  const count = (name: RuleName) => (policy === "LOW" && name !== "length" ? 0 : Number(of(name) ?? 0));
  const [mixed_case_count, number_count, special_char_count] = COUNTS.map(count) as [number, number, number];
  return { length: count("length"), mixed_case_count, number_count, special_char_count };
}

/** The plan, with a problem if it sets a password that the server would refuse (1819). */
export function withinPasswordRules(plan: AccountPlan, rules: PasswordRules | undefined): AccountPlan {
  const setsOne = plan.operations.find(({ text }) => text.each === PASSWORD_LOGIN);
  const above = (Object.keys(GENERATED) as RuleName[]).filter(name => (rules?.[name] ?? 0) > GENERATED[name]);
  if (!setsOne || above.length === 0) return plan;
  const asked = above.map(name => `${name} ${rules![name]} (at most ${GENERATED[name]} is met)`).join(", ");
  const problem =
    `The server's validate_password refuses the generated password of ${quoteAccount(setsOne.account)}: ` +
    `${asked}. Lower it.`;
  return { ...plan, problems: [...plan.problems, problem] };
}
