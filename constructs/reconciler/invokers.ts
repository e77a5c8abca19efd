import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import { encodeName, resource } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { assertText } from "../terraform/assertions";
import { policyDocument } from "../terraform/policy-document";
import { ValidationError } from "../terraform/validation-error";
import type { ReconcilerNames } from "./reconciler-names";
import type { Invokers } from "./reconciler-props";

type Right = keyof Invokers;

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
    const roles = (invokers[right] ?? []).map(role => this.#roleName(right, role));
    if (roles.length === 0) return;
    const name = `${names.name}-invoke-${right}`;
    const functionArns = functions.map(name => arnOf(this, "lambda", `function:${name}`));
    const policy = resource(IamPolicy, this, right === "preview" ? "Preview" : "Apply", {
      logicalId: encodeName(name),
      name,
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
