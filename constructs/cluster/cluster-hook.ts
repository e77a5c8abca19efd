import { DataAwsLambdaInvocation } from "@cdktf/provider-aws/lib/data-aws-lambda-invocation";
import { LambdaInvocation } from "@cdktf/provider-aws/lib/lambda-invocation";
import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import { Lazy, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { ApplyRequest } from "../../core/contract/payload";
import { PROTOCOL } from "../../core/contract/protocol";
import { type ClusterPart, clusterAddress, resource } from "../terraform/address";
import { escapeText } from "../terraform/escape";
import { localValue } from "../terraform/local-value";
import { callerArn } from "../terraform/stack-context";
import type { TerraformData } from "../terraform/terraform-data";
import { HOOK_ID } from "./outlive-hook";

export interface ClusterHookProps
  extends Pick<ApplyRequest, "cluster" | "owner" | "adopt" | "removalPolicy"> {
  /** The name of the function that the hook calls. */
  readonly applyFunction: string;
  /** Below which the parameters of clusters are. */
  readonly registryPath: string;
  readonly gate: TerraformData;
  readonly resourceId: string;
  readonly reference: string | undefined;
  /** The roster for Terraform, as JSON text; called at synthesis, when all users were added. */
  readonly roster: () => string;
}

/**
 * Makes the preview, the hook and the check of a cluster.
 *
 * Each request is a local that holds data and references. Terraform encodes that local as JSON and appends
 * the roster, which is JSON text already. Text of users is never part of an expression.
 * @returns the hook's address
 */
export function clusterHook(scope: Construct, props: ClusterHookProps): string {
  const { cluster } = props;
  const local = clusterLocals(scope, cluster);
  const roster = local("roster", "Roster", Lazy.stringValue({ produce: props.roster }));
  const request = {
    protocol: PROTOCOL,
    cluster: escapeText(cluster, "name", scope),
    gate: `\${${props.gate.expression("id")}}`,
    owner: escapeText(props.owner, "owner", scope),
    adopt: props.adopt,
  };
  const reference = props.reference && escapeText(props.reference, "reference", scope);
  const previewRequest = local("preview_request", "PreviewRequest", {
    ...request,
    action: "preview",
    plannedBy: callerArn(scope),
    reference,
  });
  const preview = clusterPreview(scope, props, withRoster(previewRequest, roster));
  const previewResult = local("preview_result", "PreviewResult", `\${jsondecode(${preview}.result)}`);
  const applyRequest = local("apply_request", "ApplyRequest", {
    ...request,
    action: "apply",
    removalPolicy: props.removalPolicy,
    changeSet: `\${${previewResult}.changeSet}`,
  });
  clusterCheck(scope, cluster, previewResult);
  const hook = applyHook(scope, props, withRoster(applyRequest, roster));
  appliedCheck(scope, cluster, previewResult, hook);
  return hook;
}

/** Makes a local of the cluster. @returns the reference to it, without braces */
const clusterLocals =
  (scope: Construct, cluster: string) => (part: ClusterPart, id: string, value: unknown) =>
    localValue(scope, id, clusterAddress(cluster, part), value);

/** An expression: the request as JSON, with the roster, which is JSON text, as its last member. */
const withRoster = (request: string, roster: string): string =>
  `\${trimsuffix(jsonencode(${request}), "}")},"roster":\${${roster}}}`;

/** Makes the data source that Terraform reads in every plan. @returns its address */
function clusterPreview(scope: Construct, { cluster, gate }: ClusterHookProps, input: string): string {
  const preview = resource(DataAwsLambdaInvocation, scope, "Preview", {
    logicalId: clusterAddress(cluster, "preview"),
    functionName: `\${${gate.expression("output.previewFunction")}}`,
    input,
  });
  return `data.aws_lambda_invocation.${preview.friendlyUniqueId}`;
}

/**
 * Makes the resource that calls the apply function whenever the roster or the change set differs from the
 * previous call.
 * @returns its address
 */
function applyHook(scope: Construct, props: ClusterHookProps, input: string): string {
  const hook = resource(LambdaInvocation, scope, HOOK_ID, {
    logicalId: clusterAddress(props.cluster, "access"),
    functionName: props.applyFunction,
    lifecycleScope: "CRUD",
    input,
    triggers: { resourceId: props.resourceId },
    // The hook's name: another one for each instance, and the same in state and calls as long as it lives.
    // A change would not replace the hook, so that hooks of older releases keep the default `tf`.
    terraformKey: `tf/\${terraform.workspace}/\${uuid()}`,
    lifecycle: { createBeforeDestroy: true, ignoreChanges: ["terraform_key"] },
    dependsOn: [props.gate],
  });
  if (props.removalPolicy === "remove") removalParameter(scope, props, hook);
  return `aws_lambda_invocation.${hook.friendlyUniqueId}`;
}

/**
 * Makes the parameter that tells a destroy of the cluster from the deletion of its hook alone (`state mv`):
 * Terraform makes it after the hook, and deletes it before the hook. While it is there, nobody is dropped.
 */
function removalParameter(scope: Construct, props: ClusterHookProps, hook: LambdaInvocation): void {
  const { cluster, registryPath } = props;
  resource(SsmParameter, scope, "RemovalParameter", {
    logicalId: clusterAddress(cluster, "removal"),
    name: `${registryPath}/${cluster}/removal`,
    description: `A destroy deletes this parameter, then drops the accounts of ${cluster}`,
    type: "String",
    insecureValue: "remove",
    dependsOn: [hook],
  });
}

/**
 * Makes the check that warns of pending changes and of undeclared accounts.
 * @param result the reference to the preview's answer
 */
function clusterCheck(scope: Construct, cluster: string, result: string): void {
  const local = clusterLocals(scope, cluster);
  const pending = local("pending", "Pending", `\${${result}.pending}`);
  const verified = local("verified", "Verified", `\${${result}.verified}`);
  const unmanaged = local("unmanaged", "Unmanaged", `\${join(", ", ${result}.unmanaged)}`);
  const summary = local("summary", "Summary", `\${${result}.summary}`);
  // Functions of an older release do not answer it.
  const removal = local("removal", "Removal", `\${try(${result}.removal, "")}`);
  const offboarded = local("offboarded", "Offboarded", `\${try(${result}.offboarded, "")}`);
  // The summary begins with the cluster's name.
  const message = `\${${summary}}`;
  TerraformStack.of(scope).addOverride(`check.${clusterAddress(cluster, "access")}`, {
    assert: [
      { condition: `\${${verified}}`, error_message: message },
      { condition: `\${${pending} == 0}`, error_message: message },
      {
        condition: `\${${unmanaged} == ""}`,
        error_message:
          `${cluster}: these accounts are not declared and keep their access: \${${unmanaged}}. ` +
          "Declare them, drop them, or set `unmanaged`.",
      },
      { condition: `\${${removal} == ""}`, error_message: `${cluster}: \${${removal}}.` },
      { condition: `\${${offboarded} == ""}`, error_message: `${cluster}: \${${offboarded}}.` },
    ],
  });
}

/**
 * Makes the check that speaks up where a plan shows an applied change set as new: Terraform's state is older
 * than the last apply, or does not have the hook.
 *
 * No expression can read the hook's former input. But in a plan that changes the hook, its result is not
 * known; then neither is the condition, and Terraform shows a warning with the value of each local in it.
 * @param result the reference to the preview's answer
 * @param hook the hook's address
 */
function appliedCheck(scope: Construct, cluster: string, result: string, hook: string): void {
  const name = clusterAddress(cluster, "applied");
  // Functions of an older release do not say it.
  const applied = localValue(scope, "Applied", name, `\${try(${result}.applied, "")}`);
  TerraformStack.of(scope).addOverride(`check.${name}`, {
    assert: [
      {
        condition: `\${${applied} == "" ? true : ${hook}.result != ""}`,
        error_message: `\${${applied}}`,
      },
    ],
  });
}
