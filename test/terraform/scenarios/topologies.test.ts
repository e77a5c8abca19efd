import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { addAccounts } from "../../../examples/central/main";
import { addPlaces } from "../../../examples/local-per-account/main";
import { ACCOUNT_ID, CALLER_CREDENTIALS, REGION } from "../../../local/aws/aws-endpoint";
import { type Cloud, startCloud } from "../../../local/cloud/cloud";
import { asRoot, column } from "../../support/mysql-login";
import { ExampleWorld } from "../../support/terraform/example-world";
import { plannedChangeSet } from "../../support/terraform/plan";

const SHOP = "444455556666";
const FINANCE = "777788889999";
const PLACES = {
  orders: { accountId: SHOP, region: REGION },
  payments: { accountId: SHOP, region: "us-east-1" },
  billing: { accountId: FINANCE, region: "us-east-1" },
};

let cloud: Cloud;
let world: ExampleWorld;
beforeAll(async () => {
  cloud = await startCloud({ clusters: Object.keys(PLACES), places: PLACES });
  world = new ExampleWorld(cloud);
}, 120_000);
afterAll(async () => {
  await world?.stop();
  await cloud?.stop();
});

/** What a topology needs to know of a cluster. */
const clusterOf = (name: keyof typeof PLACES) => {
  const { endpoint, port, resourceId, secretArn } = cloud.description.clusters[name]!;
  return { endpoint, port, resourceId, secretArn };
};

/** The managed accounts of each server, and what they hold. Removes them. */
async function accountsOf(): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [name, server] of Object.entries(cloud.servers)) {
    const root = await asRoot(server);
    const users = await column(root, "SELECT User FROM mysql.user WHERE User LIKE 'sl\\_%' ORDER BY User");
    found[name] = [];
    for (const user of users) {
      found[name].push(...(await column(root, `SHOW GRANTS FOR '${user}'`)).slice(1));
      await root.query(`DROP USER '${user}'`);
    }
    root.destroy();
  }
  return found;
}

const GRANTED = {
  orders: ["GRANT SELECT, INSERT, UPDATE, DELETE ON `orders`.* TO `sl_jane.doe`@`%`"],
  payments: ["GRANT SELECT, INSERT, UPDATE ON `payments`.* TO `sl_order-sync`@`%`"],
  billing: ["GRANT SELECT ON `billing`.* TO `sl_jane.doe`@`%`"],
};

/** The clusters that the audit trail of the management account has entries of, with the callers' accounts. */
async function audited(): Promise<string[]> {
  const { endpoint } = cloud.description;
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: CALLER_CREDENTIALS });
  const { Items = [] } = await client.send(new ScanCommand({ TableName: "aurora-users-audit" }));
  client.destroy();
  return [...new Set(Items.map(({ pk }) => pk!.S!))].sort();
}

describe("two accounts and two regions with three clusters", () => {
  it("are managed by one reconciler, which assumes a role in each account", async () => {
    const since = cloud.aws.requests.length;
    const plans = await world.planAndApply(app =>
      addAccounts(app, {
        management: { accountId: ACCOUNT_ID, region: REGION },
        externalId: "example-database-access",
        targets: {
          [SHOP]: {
            orders: { ...clusterOf("orders"), region: REGION },
            payments: { ...clusterOf("payments"), region: "us-east-1" },
          },
          [FINANCE]: { billing: { ...clusterOf("billing"), region: "us-east-1" } },
        },
      }),
    );
    expect(Object.keys(plans)).toEqual([
      `access-target-${SHOP}`,
      `access-target-${FINANCE}`,
      "access-central",
    ]);
    expect(await accountsOf()).toEqual(GRANTED);
    expect(await audited()).toEqual(["billing", "orders", "payments"]);
    const secrets = cloud.aws.requests
      .slice(since)
      .filter(({ operation }) => operation === "GetSecretValue")
      .map(({ accessKeyId, region }) => `${/^ASIA|^LSIA/.test(accessKeyId)} ${region}`);
    expect([...new Set(secrets)].sort()).toEqual([`true ${REGION}`, "true us-east-1"]);
  }, 240_000);
});
