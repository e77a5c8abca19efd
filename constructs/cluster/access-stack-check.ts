import { DataAwsLambdaInvocation } from "@cdktf/provider-aws/lib/data-aws-lambda-invocation";
import { Lazy, TerraformLocal, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { PROTOCOL } from "../../core/contract/protocol";
import type { IReconciler } from "../reconciler/reconciler-props";
import { encodeName } from "../terraform/address";
import { escapeData } from "../terraform/escape";
import { TerraformData } from "../terraform/terraform-data";
import { declaredClusters } from "./aurora-cluster";
import { addressOf, resourcesOf } from "./cluster-gate";

export interface AccessStackCheckProps {
  /** The functions whose ledger is looked at. In the same stack. */
  readonly reconciler: IReconciler;
  /**
   * Clusters that other apps declare with the same functions.
   * @default - none
   */
  readonly declaredElsewhere?: readonly string[];
  /**
   * Clusters that others took the names of and on which nobody is left, or that no longer exist, as the check names them:
   * `orders@cluster-ABC...`.
   * @default - none
   */
  readonly retired?: readonly string[];
}

/**
 * Warns, in every plan of the stack, of clusters that the ledger knows and no stack declares. A stack that is taken out of the app
 * leaves its accounts behind, and Terraform says nothing of it.
 *
 * @example
 * new AccessStackCheck(this, "Check", { reconciler });
 */
export class AccessStackCheck extends Construct {
  constructor(scope: Construct, id: string, props: AccessStackCheckProps) {
    super(scope, id);
    const { reconciler, declaredElsewhere = [], retired = [] } = props;
    const name = encodeName(reconciler.name);
    const local = (part: string, value: unknown): string => {
      const made = new TerraformLocal(this, part, value);
      made.overrideLogicalId(`${name}-${part}`);
      return `local.${name}-${part}`;
    };
    const needs = resourcesOf(this, reconciler.dependables);
    const map = {
      protocol: PROTOCOL,
      previewFunction: reconciler.previewFunction,
      needs: Object.fromEntries(
        needs.map(resource => [addressOf(resource), resource.getStringAttribute("id")]),
      ),
    };
    const gate = new TerraformData(this, "Ready", {
      logicalId: `${name}-ready`,
      input: map,
      triggersReplace: map,
      dependsOn: needs.map(addressOf),
    });
    const declared = Lazy.anyValue({
      produce: () =>
        escapeData(
          [...new Set([...declaredClusters(this, reconciler), ...declaredElsewhere, ...retired])].sort(),
          "declaredElsewhere",
          this,
        ),
    });
    const question = local("clusters", { protocol: PROTOCOL, action: "clusters", declared });
    const answer = new DataAwsLambdaInvocation(this, "Clusters", {
      functionName: `\${${gate.expression("output.previewFunction")}}`,
      input: `\${jsonencode(${question})}`,
    });
    answer.overrideLogicalId(`${name}-clusters`);
    const undeclared = local(
      "undeclared",
      `\${jsondecode(data.aws_lambda_invocation.${name}-clusters.result).undeclared}`,
    );
    TerraformStack.of(this).addOverride(`check.${name}-undeclared`, {
      assert: [
        {
          condition: `\${length(${undeclared}) == 0}`,
          error_message: `The ledger knows clusters that no stack declares, and their accounts remain: \${join(", ", ${undeclared})}. Declare them again, or apply an empty roster and destroy their stacks first; one with an @ gave its name to another cluster: see that nobody is left on it, then name it in \`retired\`.`,
        },
      ],
    });
  }
}
