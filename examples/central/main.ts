// One reconciler in a management account manages clusters of other accounts and regions. It assumes a role in
// each account. Outside this repository, import the constructs from "cdktf-aurora-users".
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import {
  AccessLedger,
  AccessStackCheck,
  AuroraCluster,
  addUsers,
  ClusterEndpoint,
  Reconciler,
  TargetAccountRole,
} from "../../constructs";

/** A cluster of a target account. */
export interface TargetCluster {
  readonly region: string;
  readonly endpoint: string;
  readonly port?: number;
  readonly resourceId: string;
  readonly secretArn: string;
}

export interface CentralProps {
  readonly management: { readonly accountId: string; readonly region: string };
  /** Tells this company's functions from those of others that might name the same role. No secret. */
  readonly externalId: string;
  /** The clusters of each account, by name. */
  readonly targets: Readonly<Record<string, Readonly<Record<string, TargetCluster>>>>;
}

/** The role of one target account. */
export class TargetStack extends TerraformStack {
  readonly role: TargetAccountRole;

  constructor(scope: Construct, accountId: string, { externalId, management, targets }: CentralProps) {
    super(scope, `access-target-${accountId}`);
    new AwsProvider(this, "aws", { region: management.region, allowedAccountIds: [accountId] });
    this.role = new TargetAccountRole(this, "Role", {
      managementAccountId: management.accountId,
      accountId,
      externalId,
      clusters: Object.values(targets[accountId]!),
    });
  }
}

/** Functions, ledger and clusters, in the management account. */
export class CentralStack extends TerraformStack {
  constructor(scope: Construct, id: string, { management, targets }: CentralProps, roles: TargetStack[]) {
    super(scope, id);
    const { accountId, region } = management;
    new AwsProvider(this, "aws", { region, allowedAccountIds: [accountId] });
    const reconciler = new Reconciler(this, "Reconciler", {
      ledger: new AccessLedger(this, "Ledger"),
      // The functions must reach the clusters of all accounts, for example by a transit gateway:
      // vpc: { subnetIds: ["subnet-..."], securityGroupIds: ["sg-..."] },
    });
    new AccessStackCheck(this, "Check", { reconciler });
    const clusters = roles.flatMap(({ role }) =>
      Object.entries(targets[role.accountId]!).map(([name, cluster]) => {
        const endpoint = ClusterEndpoint.fromAttributes({ ...cluster, ...role.login });
        return new AuroraCluster(this, name, { reconciler, endpoint });
      }),
    );
    addUsers(join(__dirname, "../users"), clusters);
    for (const stack of roles) this.addDependency(stack);
  }
}

/** Adds the stacks of all accounts to an app. */
export function addAccounts(app: App, props: CentralProps): void {
  const roles = Object.keys(props.targets).map(accountId => new TargetStack(app, accountId, props));
  new CentralStack(app, "access-central", props, roles);
}

if (require.main === module) {
  const app = new App();
  addAccounts(app, {
    management: { accountId: "111122223333", region: "eu-west-1" },
    externalId: "example-database-access",
    targets: {
      "444455556666": {
        orders: {
          region: "eu-west-1",
          endpoint: "orders.cluster-c1abcdefghij.eu-west-1.rds.amazonaws.com",
          resourceId: "cluster-ORDERS0123456789ABCDEFGH",
          secretArn: "arn:aws:secretsmanager:eu-west-1:444455556666:secret:rds!cluster-orders-AbCdEf",
        },
      },
      "777788889999": {
        payments: {
          region: "us-east-1",
          endpoint: "payments.cluster-c2abcdefghij.us-east-1.rds.amazonaws.com",
          resourceId: "cluster-PAYMENTS0123456789ABCDEF",
          secretArn: "arn:aws:secretsmanager:us-east-1:777788889999:secret:rds!cluster-payments-AbCdEf",
        },
        billing: {
          region: "us-east-1",
          endpoint: "billing.cluster-c3abcdefghij.us-east-1.rds.amazonaws.com",
          resourceId: "cluster-BILLING0123456789ABCDEFG",
          secretArn: "arn:aws:secretsmanager:us-east-1:777788889999:secret:rds!cluster-billing-AbCdEf",
        },
      },
    },
  });
  app.synth();
}
