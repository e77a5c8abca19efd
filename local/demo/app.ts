/**
 * The repository's app (`main.ts`) on the local cloud: the same stacks with the same names and addresses,
 * from the same `users/`, and rotation of passwords. It reads these environment variables:
 *
 * - `AURORA_USERS_LOCAL`: a file with what `npm run local -- up --json` prints;
 * - `AWS_ENDPOINT_URL`: the local cloud's address, for Terraform;
 * - `AURORA_USERS_UNMANAGED`: `remove` makes the clusters remove accounts that no file names;
 * - `AURORA_USERS_REFERENCE`: a ticket or a pipeline run, for the audit trail.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { App, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import {
  AccessAlarms,
  AccessDashboard,
  AccessLedger,
  AccessNotifier,
  AccessStackCheck,
  AuroraCluster,
  addUsers,
  ClusterEndpoint,
  EmailChannel,
  type IReconciler,
  Reconciler,
} from "../../constructs";
import { providerSettings } from "../aws/provider-settings";
import { remoteState } from "../aws/remote-state";
import type { CloudDescription } from "../cloud/cloud";

const descriptionFile = process.env["AURORA_USERS_LOCAL"];
if (!descriptionFile)
  throw new Error(
    "AURORA_USERS_LOCAL is not set: write the output of `npm run local -- up --json` to a file, " +
      "and set the variable to the name of the file",
  );
/** Without `mail`, the shared stack has no notifier. */
const localCloud: Omit<CloudDescription, "mail"> & Partial<Pick<CloudDescription, "mail">> = JSON.parse(
  readFileSync(descriptionFile, "utf8"),
);
if (process.env["AWS_ENDPOINT_URL"] !== localCloud.endpoint)
  throw new Error(
    `AWS_ENDPOINT_URL is not ${localCloud.endpoint}, the local cloud's address: ` +
      "set the variables that `npm run local -- status` shows, so that Terraform does not reach AWS",
  );

/** What all clusters share. */
class SharedStack extends TerraformStack {
  readonly reconciler: Reconciler;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    remoteState(this, localCloud);
    new AwsProvider(this, "aws", providerSettings(localCloud));
    const ledger = new AccessLedger(this, "Ledger", { deletionProtection: false });
    const reconciler = new Reconciler(this, "Reconciler", {
      ledger,
      caBundleFile: localCloud.caFile,
      rotation: true,
    });
    this.reconciler = reconciler;
    new AccessStackCheck(this, "Check", { reconciler });
    const notified = localCloud.mail ? { notifier: this.#notifier(localCloud.mail) } : {};
    const topic = new SnsTopic(this, "AlarmTopic", { name: "aurora-users-alarms" });
    const alarms = new AccessAlarms(this, "Alarms", { reconciler, ...notified, topicArn: topic.arn });
    new AccessDashboard(this, "Dashboard", { reconciler, ...notified, alarms });
  }

  #notifier({ from, addresses, smtpSecretArn }: CloudDescription["mail"]): AccessNotifier {
    const email = new EmailChannel({
      from,
      addresses,
      transport: { type: "smtp", secretArn: smtpSecretArn },
    });
    return new AccessNotifier(this, "Notifier", { reconciler: this.reconciler, channels: [email] });
  }
}

/** One cluster. */
class ClusterStack extends TerraformStack {
  readonly cluster: AuroraCluster;

  constructor(scope: Construct, name: string, reconciler: IReconciler) {
    super(scope, `aurora-users-${name}`);
    remoteState(this, localCloud);
    new AwsProvider(this, "aws", providerSettings(localCloud));
    const { clusters } = localCloud;
    this.cluster = new AuroraCluster(this, name, {
      reconciler,
      endpoint: ClusterEndpoint.fromAttributes(clusters[name]!),
      passwords: { rotateAfterDays: 30, oldPasswordHours: 1 },
      unmanaged: process.env["AURORA_USERS_UNMANAGED"] === "remove" ? "remove" : "report",
      reference: process.env["AURORA_USERS_REFERENCE"],
    });
  }
}

const app = new App();
const { reconciler } = new SharedStack(app, "aurora-users-shared");
const clusters = Object.keys(localCloud.clusters).map(
  name => new ClusterStack(app, name, reconciler).cluster,
);
addUsers(join(__dirname, "..", "..", "users"), clusters);
app.synth();
