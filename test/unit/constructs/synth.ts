import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { type App, TerraformStack, Testing } from "cdktf";
import {
  AccessLedger,
  AuroraCluster,
  type AuroraClusterProps,
  ClusterEndpoint,
  type IReconciler,
  Reconciler,
  type ReconcilerProps,
} from "../../../constructs";

/** Configuration of any shape. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads members that it knows to exist
export type Tree = any;

/** A synthesised stack, as Terraform reads it. */
export interface SynthesizedStack {
  readonly locals: Record<string, Tree>;
  readonly resource: Record<string, Record<string, Tree>>;
  readonly data: Record<string, Record<string, Tree>>;
  readonly check: Record<string, Tree>;
}

export const stackOf = (app: App = Testing.app(), id = "stack"): TerraformStack => {
  const stack = new TerraformStack(app, id);
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  return stack;
};

export const synth = (stack: TerraformStack): SynthesizedStack => JSON.parse(Testing.synth(stack, true));

export const endpoint = () =>
  ClusterEndpoint.fromAttributes({
    endpoint: "orders.example.com",
    resourceId: "cluster-ORDERS",
    secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders",
    region: "eu-west-1",
    accountId: "111122223333",
  });

export const importedReconciler = (stack: TerraformStack): IReconciler =>
  (stack.node.tryFindChild("Reconciler") as Reconciler | undefined) ??
  Reconciler.fromReconcilerAttributes(stack, "Reconciler");

/** The functions, in the same stack. */
export const reconcilerIn = (
  stack: TerraformStack,
  props: Partial<ReconcilerProps> = {},
  id = "Reconciler",
): Reconciler =>
  new Reconciler(stack, id, { ledger: new AccessLedger(stack, "Ledger"), bundle: fakeBundle(), ...props });

/** The statements of an IAM policy's document. */
export const statementsOf = (
  policy: string,
): { Action: string[]; Resource: string | string[]; Condition?: object }[] => JSON.parse(policy).Statement;

const PARTITION = "${data.aws_partition.aurora-users-partition.partition}";
export const REGION = "${data.aws_region.aurora-users-region.id}";
export const ACCOUNT = "${data.aws_caller_identity.aurora-users-caller.account_id}";

/** The beginning of every ARN in the stack's own account and region. */
export const ARN = (service: string): string => `arn:${PARTITION}:${service}:${REGION}:${ACCOUNT}:`;

/** The same for IAM, whose ARNs have no region. */
export const iamArn = (): string => `arn:${PARTITION}:iam::${ACCOUNT}:`;

export const clusterIn = (
  stack: TerraformStack,
  props: Partial<AuroraClusterProps> = {},
  id = "orders",
): AuroraCluster =>
  new AuroraCluster(stack, id, { reconciler: importedReconciler(stack), endpoint: endpoint(), ...props });

const folder = mkdtempSync(join(tmpdir(), "bundle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file in place of the functions' zip. */
export function fakeBundle(content = "zip"): string {
  const file = join(folder, `${content}.zip`);
  writeFileSync(file, content);
  return file;
}

export const person = (user: string, more: object = {}) => ({ kind: "person" as const, user, ...more });
export const reads = (...databases: string[]) => [{ databases, role: "read" }];
