// An app that has its own cluster and manages the users on it. Outside this repository, import the constructs
// from "cdktf-aurora-users".
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import { RdsClusterInstance } from "@cdktf/provider-aws/lib/rds-cluster-instance";
import { App, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { AuroraCluster, ClusterEndpoint, ParameterStoreSource, Reconciler } from "../../constructs";

export class ShopStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new AwsProvider(this, "aws", { region: "eu-west-1" });

    const database = new RdsCluster(this, "Database", {
      clusterIdentifier: "shop",
      engine: "aurora-mysql",
      iamDatabaseAuthenticationEnabled: true,
      manageMasterUserPassword: true,
      masterUsername: "admin",
    });
    const writer = new RdsClusterInstance(this, "Writer", {
      clusterIdentifier: database.id,
      engine: "aurora-mysql",
      instanceClass: "db.t4g.medium",
    });

    // The functions are in the platform team's shared stack. Their names are enough.
    const reconciler = Reconciler.fromReconcilerAttributes(this, "Reconciler");
    const shop = new AuroraCluster(this, "shop", {
      reconciler,
      endpoint: ClusterEndpoint.fromRdsCluster(database, { writerInstances: [writer] }),
      ceiling: { privileges: ["SELECT", "INSERT", "UPDATE", "DELETE"], databases: ["shop"] },
      enforcement: { everyMinutes: 5, drift: "repair" },
    });
    shop.addGrant({ kind: "person", user: "jane.doe", name: "Jane Doe", email: "jane.doe@example.com" }, [
      { databases: ["shop"], role: "read", expires: "2027-03-31", reason: "INC-1234" },
    ]);

    // Lets the team change access without a pipeline: the permission to write this parameter is the
    // permission to grant and revoke access to these databases.
    new ParameterStoreSource(this, "OnCall", {
      name: "shop/prod",
      clusters: [{ cluster: shop, databases: ["shop"] }],
      roles: { read: ["SELECT"], write: ["SELECT", "INSERT", "UPDATE"] },
    });

    const developers = new IamRole(this, "Developers", {
      name: "shop-developers",
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "sts:AssumeRole",
            Principal: { AWS: "111122223333" },
          },
          {
            // Only with their own user name: who chooses the tag chooses the account to log in to.
            Effect: "Allow",
            Action: "sts:TagSession",
            Principal: { AWS: "111122223333" },
            Condition: { StringEquals: { "aws:RequestTag/UserName": "$${aws:username}" } },
          },
        ],
      }),
    });
    shop.grantConnect({ role: developers });
  }
}

if (require.main === module) {
  const app = new App();
  new ShopStack(app, "shop");
  app.synth();
}
