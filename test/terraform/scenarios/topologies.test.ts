import { DynamoDBClient, GetResourcePolicyCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { App } from "cdktf";
import { PROTOCOL } from "../../../core/contract/protocol";
import { addAccounts } from "../../../examples/central/main";
import { ShopStack } from "../../../examples/existing-stack/main";
import { addPlaces } from "../../../examples/local-per-account/main";
import { addStacks } from "../../../examples/single-account/main";
import {
  ACCOUNT_ID,
  CALLER_CREDENTIALS,
  FUNCTION_CREDENTIALS,
  REGION,
} from "../../../local/aws/aws-endpoint";
import type { AwsRequest } from "../../../local/aws-http/aws-request";
import { credentialsIn, unsignedAuthorization } from "../../../local/aws-http/identity";
import { type Cloud, startCloud } from "../../../local/cloud/cloud";
import { asRoot, column } from "../../support/mysql-login";
import { ExampleWorld } from "../../support/terraform/example-world";
import { changes, must } from "../../support/terraform/plan";
import { isAllowed, type TableUse, tableUses } from "../../support/terraform/table-policy";

const SHOP = "444455556666";
const FINANCE = "777788889999";
const PLACES = {
  orders: { accountId: SHOP, region: REGION },
  payments: { accountId: FINANCE, region: "us-east-1" },
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

/** The tables of the management account. */
async function withTables<T>(work: (client: DynamoDBClient) => Promise<T>): Promise<T> {
  const { endpoint } = cloud.description;
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: CALLER_CREDENTIALS });
  return work(client).finally(() => client.destroy());
}

/** The clusters that the audit trail of the management account has entries of. */
const audited = (table: string) =>
  withTables(async client => {
    const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
    return [...new Set(Items.map(({ pk }) => pk!.S!))].sort();
  });

/** Calls a function in the account of the shop. */
async function invoke(name: string, payload: object): Promise<object> {
  const { accessKeyId } = credentialsIn(SHOP, "CALLER");
  const response = await fetch(`${cloud.description.endpoint}/2015-03-31/functions/${name}/invocations`, {
    method: "POST",
    headers: { authorization: unsignedAuthorization(accessKeyId, "lambda") },
    body: JSON.stringify(payload),
  });
  return (await response.json()) as object;
}

/** Sees each request to a service with its body, and fails none. */
function watch(service: string): AwsRequest[] {
  const seen: AwsRequest[] = [];
  cloud.aws.faultService(request => {
    if (request.service === service) seen.push(request);
    return false;
  }, "error");
  return seen;
}

describe("two accounts and two regions with three clusters", () => {
  it("are managed by one reconciler, which assumes a role in each account", async () => {
    const assumed = watch("sts");
    const read = watch("secretsmanager");
    const plans = await world.planAndApply(app =>
      addAccounts(app, {
        management: { accountId: ACCOUNT_ID, region: REGION },
        externalId: "example-database-access",
        targets: {
          [SHOP]: { orders: { ...clusterOf("orders"), region: REGION } },
          [FINANCE]: {
            payments: { ...clusterOf("payments"), region: "us-east-1" },
            billing: { ...clusterOf("billing"), region: "us-east-1" },
          },
        },
      }),
    );
    expect(Object.keys(plans)).toEqual([
      `access-target-${SHOP}`,
      `access-target-${FINANCE}`,
      "access-central",
    ]);
    expect(await accountsOf()).toEqual(GRANTED);
    expect(await audited("aurora-users-audit")).toEqual(["billing", "orders", "payments"]);

    // Each session is of one account's role, with the external id and a policy of one cluster.
    const sessions = assumed
      .filter(({ operation }) => operation === "AssumeRole")
      .map(({ body }) => Object.fromEntries(new URLSearchParams(String(body))))
      .filter(({ ExternalId }) => ExternalId !== undefined)
      .map(({ ExternalId, Policy, RoleArn, RoleSessionName }) =>
        [RoleArn!.split(":")[4], RoleSessionName, ExternalId, secretsIn(Policy!)].join(" "),
      );
    const secretArn = (name: keyof typeof PLACES) => clusterOf(name).secretArn;
    expect([...new Set(sessions)].sort()).toEqual(
      [
        `${SHOP} aurora-users-orders example-database-access ${secretArn("orders")}`,
        `${FINANCE} aurora-users-payments example-database-access ${secretArn("payments")}`,
        `${FINANCE} aurora-users-billing example-database-access ${secretArn("billing")}`,
      ].sort(),
    );
    const readers = new Set(read.map(({ accessKeyId }) => accessKeyId));
    expect([...readers].filter(key => key === FUNCTION_CREDENTIALS.accessKeyId)).toEqual([]);
    expect(readers.size).toBeGreaterThanOrEqual(3);
  }, 240_000);

  it("are managed by a reconciler in each account and region, with ledger and audit trail in one account", async () => {
    const uses = watch("dynamodb");
    const plans = await world.planAndApply(app =>
      addPlaces(app, {
        central: { accountId: ACCOUNT_ID, region: REGION },
        kmsKeyArn: `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
        ledgerName: "company-access",
        places: {
          "access-shop-eu": { ...PLACES.orders, clusters: { orders: clusterOf("orders") } },
          "access-finance-us": {
            ...PLACES.billing,
            clusters: { payments: clusterOf("payments"), billing: clusterOf("billing") },
          },
        },
      }),
    );
    expect(Object.keys(plans)[0]).toBe("access-ledger");
    expect(Object.keys(plans)).toHaveLength(3);
    expect(await accountsOf()).toEqual(GRANTED);
    expect(await audited("company-access-audit")).toEqual(["billing", "orders", "payments"]);

    // A person is offboarded in one place and let in again, with marks and a trail of that place.
    const asked = { protocol: PROTOCOL, person: "jane.doe" };
    expect(await invoke("access-shop-eu-enforce", { ...asked, action: "offboard" })).toMatchObject({
      state: "offboarded",
      already: false,
      clusters: [{ cluster: "orders", accounts: ["sl_jane.doe"] }],
    });
    expect(await invoke("access-shop-eu-apply", { ...asked, action: "reinstate" })).toMatchObject({
      state: "reinstated",
      already: false,
    });

    // What the functions did with the tables of the other account is what the tables' policies allow.
    const table = (kind: string) => `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/company-access-${kind}`;
    const [ledger, audit] = await withTables(client =>
      Promise.all(
        ["ledger", "audit"].map(async kind => {
          const command = new GetResourcePolicyCommand({ ResourceArn: table(kind) });
          return (await client.send(command)).Policy!;
        }),
      ),
    );
    const allowed = (use: TableUse) => isAllowed(use.table === table("audit") ? audit! : ledger!, use);
    const done = await tableUses(cloud.description.endpoint, uses);
    expect(new Set(done.map(use => use.accountId))).toEqual(new Set([SHOP, FINANCE]));
    expect(new Set(done.map(use => use.table))).toEqual(new Set([table("ledger"), table("audit")]));
    expect(done.filter(use => !allowed(use))).toEqual([]);
    const written = done.filter(({ action }) => action === "dynamodb:PutItem").map(({ key }) => key);
    expect(written).toEqual(
      expect.arrayContaining(["#offboarded#access-shop-eu", "#offboarding#access-shop-eu"]),
    );
    const use = { accountId: SHOP, action: "dynamodb:PutItem", table: table("audit"), key: "orders" };
    expect([
      allowed(use),
      allowed({ ...use, key: "billing" }),
      allowed({ ...use, accountId: FINANCE }),
      allowed({ ...use, action: "dynamodb:UpdateItem" }),
      allowed({ ...use, action: "dynamodb:DeleteItem" }),
      allowed({ ...use, table: table("ledger"), key: "billing" }),
    ]).toEqual([true, false, false, false, false, false]);
  }, 240_000);
});

describe("the other examples", () => {
  const ACCOUNT = "111122223333";

  /** The role that an example gives by its name. */
  async function makeDevelopers(): Promise<void> {
    const { accessKeyId } = credentialsIn(ACCOUNT, "CALLER");
    const trust = {
      Effect: "Allow",
      Principal: { AWS: ACCOUNT },
      Action: "sts:TagSession",
      Condition: { StringEquals: { "aws:RequestTag/UserName": "${aws:username}" } },
    };
    const response = await fetch(cloud.description.endpoint, {
      method: "POST",
      headers: {
        authorization: unsignedAuthorization(accessKeyId, "iam"),
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({
        Action: "CreateRole",
        Version: "2010-05-08",
        RoleName: "developers",
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
      }).toString(),
    });
    expect(response.status).toBe(200);
  }

  it("are planned: one account, and a stack that makes its own cluster and permission set", async () => {
    await makeDevelopers();
    const created: Record<string, string[]> = {};
    const build = (app: App) => {
      addStacks(app);
      new ShopStack(app, "shop");
    };
    for (const [name, terraform] of await world.stacks(build)) {
      const planned = Object.entries(changes(must(await terraform.plan())));
      expect(new Set(planned.map(([, actions]) => actions))).toEqual(new Set(["create"]));
      created[name] = planned.map(([address]) => address);
    }
    expect(Object.keys(created).sort()).toEqual([
      "access-billing",
      "access-orders",
      "access-payments",
      "access-shared",
      "shop",
    ]);
    expect(created["access-shared"]).toContain("aws_lambda_function.aurora-users-preview");
    expect(created["access-orders"]).toEqual(
      expect.arrayContaining(["aws_lambda_invocation.orders-access", "terraform_data.jane_doe-on-orders"]),
    );
    expect(created["shop"]).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^aws_rds_cluster\./),
        expect.stringMatching(/^aws_ssoadmin_permission_set_inline_policy\./),
        expect.stringMatching(/^aws_vpc_security_group_ingress_rule\./),
        "terraform_data.jane_doe-on-shop",
      ]),
    );
  }, 120_000);
});

const secretsIn = (policy: string): string =>
  (JSON.parse(policy).Statement as { Action: string[]; Resource: string[] }[])
    .filter(({ Action }) => Action.includes("secretsmanager:GetSecretValue"))
    .map(({ Resource }) => Resource[0])
    .join();
