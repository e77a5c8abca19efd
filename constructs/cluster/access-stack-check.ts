import { DataAwsLambdaInvocation } from "@cdktf/provider-aws/lib/data-aws-lambda-invocation";
import { Lazy, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { PROTOCOL } from "../../core/contract/protocol";
import type { IReconciler } from "../reconciler/reconciler-props";
import { AccessConstruct } from "../terraform/access-construct";
import { encodeName, resource } from "../terraform/address";
import { escapeData } from "../terraform/escape";
import { localValue } from "../terraform/local-value";
import { declaredClusters, declareElsewhere } from "./declared-clusters";
import { gate } from "./gate";

export interface AccessStackCheckProps {
  /** The functions whose ledger is read. Must be in the same stack. */
  readonly reconciler: IReconciler;
  /**
   * The names of clusters that other apps declare with the same functions.
   * @default - none
   */
  readonly declaredElsewhere?: readonly string[];
  /**
   * Replaced clusters that need no warning: their name now belongs to another cluster, and they have no
   * managed accounts or no longer exist. In the form that the check uses: `orders@cluster-ABC...`.
   * @default - none
   */
  readonly retired?: readonly string[];
}

/**
 * Warns in every plan of the stack about clusters that the ledger knows but no stack declares. If a stack is
 * removed from the app, its accounts remain, and Terraform says nothing about it.
 *
 * @example
 * new AccessStackCheck(this, "Check", { reconciler });
 */
export class AccessStackCheck extends AccessConstruct {
  /** The names of clusters that other apps declare. */
  readonly declaredElsewhere: readonly string[];

  constructor(scope: Construct, id: string, props: AccessStackCheckProps) {
    super(scope, id);
    this.declaredElsewhere = props.declaredElsewhere ?? [];
    declareElsewhere(this);
    const { previewFunction, dependables } = props.reconciler;
    const name = encodeName(props.reconciler.name);
    const ready = gate(this, "Ready", {
      logicalId: `${name}-ready`,
      values: { previewFunction },
      dependables,
    });
    const declared = Lazy.anyValue({ produce: () => this.#declared(props) });
    const payload = { protocol: PROTOCOL, action: "clusters", declared };
    const request = localValue(this, "clusters", `${name}-clusters`, payload);
    resource(DataAwsLambdaInvocation, this, "Clusters", {
      logicalId: `${name}-clusters`,
      functionName: `\${${ready.expression("output.previewFunction")}}`,
      input: `\${jsonencode(${request})}`,
    });
    const found = `\${jsondecode(data.aws_lambda_invocation.${name}-clusters.result).undeclared}`;
    const undeclared = localValue(this, "undeclared", `${name}-undeclared`, found);
    TerraformStack.of(this).addOverride(`check.${name}-undeclared`, {
      assert: [
        {
          condition: `\${length(${undeclared}) == 0}`,
          error_message:
            "The ledger knows clusters that no stack declares, and their accounts remain: " +
            `\${join(", ", ${undeclared})}. Declare them again, or apply an empty roster and destroy ` +
            "their stacks first. The name of a cluster with an @ now belongs to another cluster: make " +
            "sure that it has no managed accounts, then name it in `retired`.",
        },
      ],
    });
  }

  #declared({ reconciler, declaredElsewhere = [], retired = [] }: AccessStackCheckProps): string[] {
    const names = new Set([...declaredClusters(this, reconciler), ...declaredElsewhere, ...retired]);
    return escapeData([...names].sort(), "declaredElsewhere", this);
  }
}
