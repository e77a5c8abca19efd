import { DataAwsIamRole } from "@cdktf/provider-aws/lib/data-aws-iam-role";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { TerraformLocal } from "cdktf";
import type { Construct } from "constructs";
import { assertKnownText, type TextRule } from "../../terraform/assertions";
import { escapeText, expressionLiteral } from "../../terraform/escape";
import type { RefusedUnless } from "./account-of-clusters";

const PRINCIPAL: TextRule = {
  pattern: /^[^\s${}"\\*?]{1,2048}$/,
  rule: "a principal as it is in the trust policy, and no pattern",
};

/** A role whose sessions differ by a tag. */
interface TaggedRole {
  readonly role: IamRole | string;
  readonly principalTag: string;
  /** The principals that may choose the tag, as they are in the trust policy. */
  readonly tagSetters: readonly string[];
}

/**
 * What has to be true of a role before its sessions may log in by their tag: an identity provider, a trusted
 * principal or the caller's own name decides the tag's value. A role given by its name is looked up.
 * @throws ValidationError if a trusted principal is a pattern
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function trustPinsTag(scope: Construct, tagged: TaggedRole): RefusedUnless[] {
  const { role, principalTag, tagSetters } = tagged;
  for (const principal of tagSetters) assertKnownText(scope, "tagSetters", principal, PRINCIPAL);
  const found = typeof role === "string" ? new DataAwsIamRole(scope, "Role", { name: role }) : role;
  const facts = new TerraformLocal(scope, "Trust", {
    name: found.name,
    policy: found.assumeRolePolicy,
    tags: typeof role === "string" ? found.tags : (role.tagsInput ?? {}),
    tagSetters,
  });
  const local = `local.${facts.friendlyUniqueId}`;
  const where = `[${escapeText(scope.node.path, "path", scope)}] the role \${${local}.name}`;
  const key = (text: string) => expressionLiteral(text.toLowerCase(), "principalTag", scope);
  return [
    {
      condition: `\${!anytrue([for key in keys(${local}.tags) : lower(key) == ${key(principalTag)}])}`,
      errorMessage:
        `${where} has the tag ${principalTag} itself: each session without that session tag would log in as ` +
        "one person. Take the tag off the role.",
    },
    {
      condition: `\${alltrue([for s in flatten([try(jsondecode(${local}.policy).Statement, [])]) : ${isPinned(
        local,
        {
          request: key(`aws:RequestTag/${principalTag}`),
          own: key(`\${aws:PrincipalTag/${principalTag}}`),
        },
      )}])}`,
      errorMessage:
        `${where} lets a caller choose the session tag ${principalTag}, and with it whose account to log in ` +
        "to. In its trust policy allow sts:TagSession to a SAML or OIDC provider only, or to AWS principals of " +
        `one account with the condition StringEquals aws:RequestTag/${principalTag} = $\${aws:username} or ` +
        `$\${aws:PrincipalTag/${principalTag}}. Or, if they know who asks, name all principals of each other ` +
        "statement that allows it in `tagSetters`, as they are there (an ARN, an account, a service such as " +
        "rolesanywhere.amazonaws.com; in place of `*` or NotPrincipal let the statement name them). Or give " +
        "the policy without the tag: name accounts in `users`.",
    },
  ];
}

/**
 * Whether a statement `s` of a trust policy lets nobody choose the tag who must not. What may be missing is
 * in `try`, because Terraform evaluates both sides of `||`. IAM compares keys without regard to case.
 */
function isPinned(
  local: string,
  { request, own }: { readonly request: string; readonly own: string },
): string {
  const values =
    "flatten([for operator, keys in s.Condition : [for key, value in keys : value if " +
    `lower(key) == ${request} && contains(["stringequals", "stringequalsifexists"], lower(operator))]])`;
  const names = `contains(["$\${aws:username}", ${own}], lower(value))`;
  const kind = `join(",", keys(s.Principal))`;
  return [
    `s.Effect != "Allow"`,
    `!anytrue([for action in flatten([try(s.Action, "*")]) : ${covers("action", "sts:tagsession")}])`,
    `try(${kind} == "Federated", false)`,
    `try(alltrue([for one in flatten(values(s.Principal)) : contains(${local}.tagSetters, one)]), false)`,
    // A user of another account may have anybody's name.
    `try(${kind} == "AWS" && length(distinct([for one in flatten([s.Principal.AWS]) : ${accountOf("one")}])) == 1 && ` +
      `length(${values}) > 0 && alltrue([for value in ${values} : ${names}]), false)`,
  ].join(" || ");
}

/** The account of an AWS principal: an ARN, or the account itself. It fails for everybody (`*`). */
const accountOf = (principal: string): string =>
  `regex("^(?:arn:[a-z-]+:(?:iam|sts)::)?([0-9]{12})(?::[^*]+)?$", ${principal})[0]`;

/** Whether a pattern of IAM matches the action, which is in lower case. */
const covers = (pattern: string, action: string): string =>
  `length(regexall("^\${replace(replace(lower(${pattern}), "*", ".*"), "?", ".")}$", "${action}")) > 0`;
