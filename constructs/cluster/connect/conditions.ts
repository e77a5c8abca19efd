import { Token } from "cdktf";
import type { Construct } from "constructs";
import { escapeText } from "../../terraform/escape";
import { quoted, ValidationError } from "../../terraform/validation-error";
import type { ConnectConditions } from "./connect-options";

/**
 * The operators of IAM.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
const OPERATOR = new RegExp(
  "^(?:(?:ForAllValues:|ForAnyValue:)?(?:String(?:Not)?(?:Equals|EqualsIgnoreCase|Like)|Arn(?:Not)?(?:Equals|Like)|" +
    "(?:Numeric|Date)(?:Equals|NotEquals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)|Bool)(?:IfExists)?|Null)$",
);

/**
 * What IAM knows of the principal and its session at a login. Of the global keys RDS does not support
 * `aws:Referer`, `aws:SourceIp`, `aws:SourceVpc`, `aws:SourceVpce`, `aws:UserAgent` and `aws:VpcSourceIp`.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
 */
const KEYS = [
  "aws:FederatedProvider",
  "aws:MultiFactorAuthAge",
  "aws:MultiFactorAuthPresent",
  "aws:PrincipalAccount",
  "aws:PrincipalArn",
  "aws:PrincipalOrgID",
  "aws:PrincipalOrgPaths",
  "aws:PrincipalType",
  "aws:SourceIdentity",
  "aws:TokenIssueTime",
  "aws:userid",
  "aws:username",
];
const PRINCIPAL_TAG = "aws:PrincipalTag/";

/**
 * The conditions, escaped for Terraform.
 * @throws ValidationError if one has an operator or a key that does not count at a login, or the key of the
 * tag that names the account
 */
export function checkedConditions(
  scope: Construct,
  conditions: ConnectConditions,
  principalTag: string,
): ConnectConditions {
  const refuse = (message: string) => new ValidationError(`\`conditions\` ${message}`, scope);
  const values = (key: string, given: string | readonly string[]) => {
    const texts = [given].flat();
    if (texts.length === 0 || texts.some(text => typeof text !== "string" || text === ""))
      throw refuse(`must give the key ${quoted(key)} one or more texts`);
    return texts.map(text => (Token.isUnresolved(text) ? text : escapeText(text, "conditions", scope)));
  };
  const checked = Object.entries(conditions).map(([operator, keys]) => {
    if (!OPERATOR.test(operator)) throw refuse(`must have operators of IAM, got: ${quoted(operator)}`);
    const entries = Object.entries(keys).map(([key, given]) => {
      const fault = faultOfKey(key, principalTag);
      if (fault) throw refuse(`${fault}, got: ${quoted(key)}`);
      return [escapeText(key, "conditions", scope), values(key, given)] as const;
    });
    return [operator, Object.fromEntries(entries)] as const;
  });
  return Object.fromEntries(checked);
}

function faultOfKey(key: string, principalTag: string): string | undefined {
  const lower = key.toLowerCase();
  if (lower === `${PRINCIPAL_TAG}${principalTag}`.toLowerCase())
    return "must not be about the tag that names the account (`users` names accounts)";
  const isTag = lower.startsWith(PRINCIPAL_TAG.toLowerCase()) && lower.length > PRINCIPAL_TAG.length;
  if (isTag || KEYS.some(known => known.toLowerCase() === lower)) return undefined;
  return `must have keys that count at a login (${PRINCIPAL_TAG}<key>, ${KEYS.join(", ")})`;
}
