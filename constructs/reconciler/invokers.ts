import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { encodeName, resource } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { assertText } from "../terraform/assertions";
import { escapeText } from "../terraform/escape";
import { policyDocument } from "../terraform/policy-document";
import { currentAccountId, defaultProvider } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";
import type { ReconcilerNames } from "./reconciler-names";
import type { Invokers } from "./reconciler-props";

type Right = keyof Invokers;

const accountIn = (role: string): string | undefined => /^arn:[^:]*:iam::(\d{12}):/.exec(role)?.[1];

/** A role's name, or its ARN, in which the name is what follows the path. */
const ROLE = {
  pattern: /^(arn:aws[a-z-]*:iam::\d{12}:role\/([!-~]+\/)?)?[\w+=,.@-]{1,64}$/,
  rule: "the name or the ARN of an IAM role",
};

/**
 * The policies that let roles call the functions, one for plans and one for applies. The provider calls a
 * function by the qualifier `$LATEST`, for which a function's own policy cannot be, so it is the roles that
 * get the permission, and roles of another account cannot.
 * @see https://github.com/hashicorp/terraform-provider-aws/issues/23778
 */
export class InvokePolicies extends Construct {
  constructor(scope: Construct, id: string, names: ReconcilerNames, invokers: Invokers) {
    super(scope, id);
    this.#allow("preview", names, invokers, [names.previewFunction]);
    this.#allow("apply", names, invokers, [names.previewFunction, names.applyFunction]);
  }

  #allow(right: Right, names: ReconcilerNames, invokers: Invokers, functions: readonly string[]): void {
    const given = invokers[right] ?? [];
    const roles = given.map(role => this.#roleName(right, role));
    if (roles.length === 0) return;
    const accounts = [...new Set(given.flatMap(role => accountIn(role) ?? []))];
    const lifecycle = accounts.length > 0 && { precondition: [this.#isHere(right, accounts)] };
    const name = `${names.name}-invoke-${right}`;
    const functionArns = functions.map(name => arnOf(this, "lambda", `function:${name}`));
    const policy = resource(IamPolicy, this, right === "preview" ? "Preview" : "Apply", {
      logicalId: encodeName(name),
      name,
      ...(lifecycle && { lifecycle }),
      description: `To ${right === "preview" ? "plan" : "plan and apply"} access with ${names.name}`,
      policy: policyDocument([
        {
          Action: ["lambda:InvokeFunction"],
          Resource: functionArns.flatMap(arn => [arn, `${arn}:$LATEST`]),
        },
      ]),
    });
    for (const role of new Set(roles))
      resource(IamRolePolicyAttachment, this, `${right}-${role}`, {
        logicalId: `${encodeName(name)}-${encodeName(role)}`,
        role,
        policyArn: policy.arn,
      });
  }

  /** A name alone would attach the policy to a role of this account that has the same name. */
  #isHere(right: Right, accounts: readonly string[]) {
    const known = defaultProvider(this)?.allowedAccountIds;
    const other = known && accounts.find(id => !known.includes(id));
    const why = "roles of another account cannot call the functions: make a role in this account";
    if (other !== undefined)
      throw new ValidationError(`\`invokers.${right}\` names a role of the account ${other}; ${why}`, this);
    const here = { own: currentAccountId(this), named: accounts };
    const local = `local.${new TerraformLocal(this, `${right}-accounts`, here).friendlyUniqueId}`;
    return {
      condition: `\${alltrue([for id in ${local}.named : id == ${local}.own])}`,
      errorMessage:
        `[${escapeText(this.node.path, "path", this)}] invokers.${right} names a role of an account other than ` +
        `the one that the stack works in (${accounts.join(", ")}); ${why}.`,
    };
  }

  #roleName(right: Right, role: string): string {
    const prop = `invokers.${right}`;
    assertText(this, prop, role, ROLE);
    const name = role.split("/").at(-1)!;
    if (name.startsWith("AWSReservedSSO_"))
      throw new ValidationError(
        `\`${prop}\` must not name a role that Identity Center makes, got: ${name}. Give the permission set ` +
          "the policy",
        this,
      );
    return name;
  }
}
