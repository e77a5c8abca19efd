import { DataAwsLambdaInvocation } from "@cdktf/provider-aws/lib/data-aws-lambda-invocation";
import { LambdaInvocation } from "@cdktf/provider-aws/lib/lambda-invocation";
import { Lazy, TerraformLocal, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { RemovalPolicy } from "../../core/contract/payload";
import { PROTOCOL } from "../../core/contract/protocol";
import type { IReconciler } from "../reconciler/reconciler-props";
import { type ClusterPart, clusterAddress } from "../terraform/address";
import { escapeText } from "../terraform/escape";
import { callerArn } from "../terraform/stack-context";
import type { TerraformData } from "../terraform/terraform-data";

export interface ClusterHookProps {
  readonly cluster: string;
  readonly reconciler: IReconciler;
  readonly gate: TerraformData;
  readonly resourceId: string;
  readonly owner: string;
  readonly adopt: boolean;
  readonly removalPolicy: RemovalPolicy;
  readonly reference: string | undefined;
  /** The roster for Terraform, once all users are there. */
  readonly roster: () => object;
}

/**
 * The preview (read in every plan), the hook (called where the roster or the change set differs from what it was last called with)
 * and the check that warns of what is pending.
 *
 * Each request is a local that holds data and references, and its JSON is made by Terraform of that local alone: text of users is
 * never part of an expression.
 * @returns the hook's address
 */
export function clusterHook(scope: Construct, props: ClusterHookProps): string {
  const { cluster, reconciler, gate } = props;
  const local = (part: ClusterPart, id: string, value: unknown): string => {
    const made = new TerraformLocal(scope, id, value);
    made.overrideLogicalId(clusterAddress(cluster, part));
    return `local.${made.friendlyUniqueId}`;
  };
  const roster = local("roster", "Roster", Lazy.anyValue({ produce: props.roster }));
  const common = {
    protocol: PROTOCOL,
    cluster: escapeText(cluster, "name", scope),
    gate: `\${${gate.expression("id")}}`,
    owner: escapeText(props.owner, "owner", scope),
    adopt: props.adopt,
    roster: `\${${roster}}`,
  };

  const question = local("question", "Question", {
    ...common,
    action: "preview",
    plannedBy: callerArn(scope),
    ...(props.reference === undefined ? {} : { reference: escapeText(props.reference, "reference", scope) }),
  });
  const preview = new DataAwsLambdaInvocation(scope, "Preview", {
    functionName: `\${${gate.expression("output.previewFunction")}}`,
    input: `\${jsonencode(${question})}`,
  });
  preview.overrideLogicalId(clusterAddress(cluster, "preview"));
  const answer = local(
    "preview",
    "Answer",
    `\${jsondecode(data.aws_lambda_invocation.${preview.friendlyUniqueId}.result)}`,
  );

  const order = local("order", "Order", {
    ...common,
    action: "apply",
    removalPolicy: props.removalPolicy,
    changeSet: `\${${answer}.changeSet}`,
  });
  const hook = new LambdaInvocation(scope, "Hook", {
    functionName: reconciler.applyFunction,
    lifecycleScope: "CRUD",
    input: `\${jsonencode(${order})}`,
    triggers: { resourceId: props.resourceId },
    lifecycle: { createBeforeDestroy: true },
    dependsOn: [gate],
  });
  hook.overrideLogicalId(clusterAddress(cluster, "access"));

  const pending = local("pending", "Pending", `\${${answer}.pending}`);
  const verified = local("verified", "Verified", `\${${answer}.verified}`);
  const unmanaged = local("unmanaged", "Unmanaged", `\${join(", ", ${answer}.unmanaged)}`);
  const summary = local("summary", "Summary", `\${${answer}.summary}`);
  // The summary begins with the cluster's name.
  const message = `\${${summary}}`;
  TerraformStack.of(scope).addOverride(`check.${clusterAddress(cluster, "access")}`, {
    assert: [
      { condition: `\${${verified}}`, error_message: message },
      { condition: `\${${pending} == 0}`, error_message: message },
      {
        condition: `\${${unmanaged} == ""}`,
        error_message: `${cluster}: nobody declared \${${unmanaged}}, and what they can reach stays. Declare them, drop them, or set \`unmanaged\`.`,
      },
    ],
  });
  return `aws_lambda_invocation.${hook.friendlyUniqueId}`;
}
