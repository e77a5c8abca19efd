import { SsoadminInstanceAccessControlAttributes } from "@cdktf/provider-aws/lib/ssoadmin-instance-access-control-attributes";
import type { TerraformProvider } from "cdktf";
import type { Construct } from "constructs";
import { defined } from "../../../core/json";
import { AccessConstruct } from "../../terraform/access-construct";
import { AppRegistry } from "../../terraform/app-registry";
import { assertArn, assertText } from "../../terraform/assertions";
import { escapeText } from "../../terraform/escape";
import { ValidationError } from "../../terraform/validation-error";
import { TAG_KEY } from "./connect-policy";

export interface IdentityCenterAttributesProps {
  /** The ARN of the Identity Center instance. */
  readonly instanceArn: string;
  /**
   * All attributes for access control of the instance, by the session tag that they become: a source
   * (`${path:userName}`) of Identity Center's own directory, each 1 to 256 characters.
   */
  readonly attributes: Readonly<Record<string, string>>;
  /**
   * Whether Terraform refuses to destroy them. Without them no session has a tag, and nobody can log in.
   * @default true
   */
  readonly preventDestroy?: boolean;
  /**
   * The provider for the account of Identity Center.
   * @default - the stack's
   */
  readonly provider?: TerraformProvider;
}

const instances = new AppRegistry<IdentityCenterAttributes>();

/**
 * The attributes for access control of an Identity Center instance: which attributes of a user become tags of
 * their sessions. There is one list for the whole instance and all of its permission sets, so name all of it
 * here. Where attributes are switched on already, AWS refuses a second list: import it
 * (`terraform import <address> <instanceArn>`), and look at the plan.
 *
 * @example
 * new IdentityCenterAttributes(this, "Attributes", {
 *   instanceArn: "arn:aws:sso:::instance/ssoins-0123456789abcdef",
 *   attributes: { UserName: "${path:userName}" },
 * });
 *
 * @see https://docs.aws.amazon.com/singlesignon/latest/userguide/attributesforaccesscontrol.html
 */
export class IdentityCenterAttributes extends AccessConstruct {
  constructor(scope: Construct, id: string, props: IdentityCenterAttributesProps) {
    super(scope, id);
    const { attributes, instanceArn, preventDestroy = true, provider } = props;
    assertArn(this, "instanceArn", instanceArn, "instance");
    instances.claim(instanceArn, this, ({ node }) => {
      return `\`instanceArn\` must have one list of attributes, and ${node.path} makes it already`;
    });
    const entries = Object.entries(attributes);
    if (entries.length === 0)
      throw new ValidationError("`attributes` must name at least one attribute", this);
    for (const [key, source] of entries) {
      assertText(this, "attributes", key, TAG_KEY);
      assertText(this, "attributes", source, SOURCE);
    }
    new SsoadminInstanceAccessControlAttributes(this, "Attributes", {
      instanceArn,
      attribute: entries.map(([key, source]) => ({
        key,
        value: [{ source: [escapeText(source, "attributes", this)] }],
      })),
      lifecycle: { preventDestroy },
      ...defined({ provider }),
    });
  }
}

/** @see https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_AccessControlAttributeValue.html */
const SOURCE = {
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@[\]{}$\\"]{1,256}$/u,
  rule: "a source of 1 to 256 characters: `${path:userName}`",
};
