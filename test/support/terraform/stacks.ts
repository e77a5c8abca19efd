import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, LocalBackend, TerraformStack } from "cdktf";
import { AccessLedger, AccessStackCheck, Reconciler, type ReconcilerProps } from "../../../constructs";
import { providerSettings } from "../../../local/aws/provider-settings";
import { remoteState } from "../../../local/aws/remote-state";
import type { Cloud, CloudDescription } from "../../../local/cloud/cloud";

/** Adds constructs to the shared stack. */
export type AddToShared = (stack: TerraformStack, reconciler: Reconciler, cloud: Cloud) => void;

/** Makes stacks for one local cloud. Their states are in one directory. */
export class Stacks {
  /**
   * @param directory holds the configuration of each stack, in a folder of its name
   * @param remote whether the states are in the cloud's bucket; else each is in its stack's folder
   */
  constructor(
    readonly directory: string,
    readonly cloud: CloudDescription,
    readonly remote: boolean,
  ) {}

  /** An empty stack on the local cloud. */
  stack(app: App, id: string): TerraformStack {
    const stack = new TerraformStack(app, id);
    if (this.remote) remoteState(stack, this.cloud);
    else new LocalBackend(stack, { path: join(this.directory, id, "terraform.tfstate") });
    new AwsProvider(stack, "aws", providerSettings(this.cloud));
    return stack;
  }

  /** The functions, their ledger and the check of what they know. */
  functions(stack: TerraformStack, name: string, props: Partial<ReconcilerProps> = {}): Reconciler {
    const ledger = new AccessLedger(stack, "Ledger", { name, deletionProtection: false });
    const caBundle = readFileSync(this.cloud.caFile, "utf8");
    const reconciler = new Reconciler(stack, "Reconciler", { ledger, name, caBundle, ...props });
    new AccessStackCheck(stack, "Check", { reconciler });
    return reconciler;
  }

  /** Synthesises an app. @returns the folder of its output */
  synthesise(build: (app: App) => void): string {
    const outdir = mkdtempSync(join(this.directory, "out-"));
    const app = new App({ outdir });
    build(app);
    app.synth();
    return outdir;
  }
}
