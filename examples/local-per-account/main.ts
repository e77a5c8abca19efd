// A reconciler in each account and region, next to its clusters. Ledger and audit trail are in a central
// account. Outside this repository, import the constructs from "cdktf-aurora-users".
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { AccessLedger, AuroraCluster, addUsers, ClusterEndpoint, Reconciler } from "../../constructs";

/** A cluster next to a reconciler. */
export interface LocalCluster {
  readonly endpoint: string;
  readonly port?: number;
  readonly resourceId: string;
  readonly secretArn: string;
}

/** An account and region with a reconciler of its own. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
  /** By name. The ledger knows clusters by name, so no two places may have a cluster of one name. */
  readonly clusters: Readonly<Record<string, LocalCluster>>;
}

export interface LocalProps {
  readonly central: { readonly accountId: string; readonly region: string };
  /** Encrypts the tables. Its policy lets the places' accounts use it through DynamoDB: see the README. */
  readonly kmsKeyArn: string;
  /** The beginning of the tables' names. */
  readonly ledgerName: string;
  /** By the name of the place's reconciler. */
  readonly places: Readonly<Record<string, Place>>;
}

/** The tables of all accounts. */
export class LedgerStack extends TerraformStack {
  constructor(scope: Construct, id: string, { central, kmsKeyArn, ledgerName, places }: LocalProps) {
    super(scope, id);
    const { accountId, region } = central;
    new AwsProvider(this, "aws", { region, allowedAccountIds: [accountId] });
    new AccessLedger(this, "Ledger", {
      name: ledgerName,
      kmsKeyArn,
      sharedWith: Object.entries(places).map(([reconcilerName, place]) => ({
        reconcilerName,
        accountId: place.accountId,
        clusters: Object.keys(place.clusters),
      })),
    });
  }
}

/** One account and region. */
export class PlaceStack extends TerraformStack {
  readonly clusters: AuroraCluster[];

  constructor(scope: Construct, name: string, { central, kmsKeyArn, ledgerName, places }: LocalProps) {
    super(scope, name);
    const { accountId, clusters, region } = places[name]!;
    new AwsProvider(this, "aws", { region, allowedAccountIds: [accountId] });
    const reconciler = new Reconciler(this, "Reconciler", {
      name,
      ledger: AccessLedger.fromAccessLedgerAttributes(this, "Ledger", {
        ...central,
        name: ledgerName,
        kmsKeyArn,
      }),
      // vpc: { subnetIds: ["subnet-..."], securityGroupIds: ["sg-..."] },
    });
    this.clusters = Object.entries(clusters).map(
      ([id, cluster]) =>
        new AuroraCluster(this, id, { reconciler, endpoint: ClusterEndpoint.fromAttributes(cluster) }),
    );
  }
}

/** Adds the stacks of all places to an app. */
export function addPlaces(app: App, props: LocalProps): void {
  const ledger = new LedgerStack(app, "access-ledger", props);
  const stacks = Object.keys(props.places).map(name => new PlaceStack(app, name, props));
  for (const stack of stacks) stack.addDependency(ledger);
  addUsers(
    join(__dirname, "../users"),
    stacks.flatMap(({ clusters }) => clusters),
  );
}

if (require.main === module) {
  const app = new App();
  addPlaces(app, {
    central: { accountId: "111122223333", region: "eu-west-1" },
    ledgerName: "aurora-users",
    kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    places: {
      "access-shop-eu": {
        accountId: "444455556666",
        region: "eu-west-1",
        clusters: {
          orders: {
            endpoint: "orders.cluster-c1abcdefghij.eu-west-1.rds.amazonaws.com",
            resourceId: "cluster-ORDERS0123456789ABCDEFGH",
            secretArn: "arn:aws:secretsmanager:eu-west-1:444455556666:secret:rds!cluster-orders-AbCdEf",
          },
        },
      },
      "access-finance-us": {
        accountId: "777788889999",
        region: "us-east-1",
        clusters: {
          payments: {
            endpoint: "payments.cluster-c2abcdefghij.us-east-1.rds.amazonaws.com",
            resourceId: "cluster-PAYMENTS0123456789ABCDEF",
            secretArn: "arn:aws:secretsmanager:us-east-1:777788889999:secret:rds!cluster-payments-AbCdEf",
          },
          billing: {
            endpoint: "billing.cluster-c3abcdefghij.us-east-1.rds.amazonaws.com",
            resourceId: "cluster-BILLING0123456789ABCDEFG",
            secretArn: "arn:aws:secretsmanager:us-east-1:777788889999:secret:rds!cluster-billing-AbCdEf",
          },
        },
      },
    },
  });
  app.synth();
}
