import { ClusterEndpoint } from "../../../../constructs";
import { clusterIn, endpoint, reconcilerIn, stackOf, synth } from "../synth";
import { type Asked, documentsOf, isAllowed } from "./decided";

const HERE = "eu-west-1:111122223333";
const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const runRole = (name: string) => role(`aurora-users/aurora-users.${name}`);
const table = (name: string) => `arn:aws:dynamodb:${HERE}:table/aurora-users-${name}`;
const secret = (name: string) => `arn:aws:secretsmanager:${HERE}:secret:${name}`;
const parameter = (name: string) => `arn:aws:ssm:${HERE}:parameter/aurora-users/${name}`;
const REGISTRY = `arn:aws:ssm:${HERE}:parameter/aurora-users`;
const PROOFS = `arn:aws:kms:${HERE}:key/proofs`;
const LOOK = "aurora-users.orders-preview";
const ACT = "aurora-users.orders-apply";

const item = (as: string, action: string, on: string, ...keys: string[]): Asked => ({
  as,
  action: `dynamodb:${action}`,
  on: table(on),
  context: { "dynamodb:LeadingKeys": keys },
});
const assume = (as: string, name: string, cluster: string): Asked => ({
  as,
  action: "sts:AssumeRole",
  on: runRole(name),
  context: { "sts:RoleSessionName": `@${cluster}` },
});
const call = (as: string, action: string, on: string, context: Asked["context"] = {}): Asked => ({
  as,
  action,
  on,
  context,
});
const pass = (name: string, service: string): Asked =>
  call(ACT, "iam:PassRole", role(name), { "iam:PassedToService": service });

/** Two clusters, of which the second one logs in by token, of functions whose own roles reach no cluster. */
function documents() {
  const stack = stackOf();
  const reconciler = reconcilerIn(stack, { clusterRolesOnly: true, rotation: true });
  clusterIn(stack, { reconciler, endpoint: endpoint(), passwords: { rotateAfterDays: 30 } }).addGrant(
    { kind: "service", user: "sync", login: "password" },
    [{ databases: ["orders"], role: "read" }],
  );
  const byToken = ClusterEndpoint.fromAttributes({
    endpoint: "billing.example.com",
    resourceId: "cluster-BILLING",
    iamUser: "steward",
    region: "eu-west-1",
    accountId: "111122223333",
  });
  clusterIn(stack, { reconciler, endpoint: byToken }, "billing");
  return documentsOf(synth(stack));
}

const ALLOWED: [string, Asked][] = [
  [
    "the preview reads any entry of the registry",
    call("aurora-users-preview", "ssm:GetParameter", parameter("orders")),
  ],
  [
    "the preview assumes a cluster's role to look",
    assume("aurora-users-preview", "orders-preview", "orders"),
  ],
  ["the preview reads the list of clusters", item("aurora-users-preview", "Query", "ledger", "#clusters")],
  ["an apply assumes a cluster's role to act", assume("aurora-users-apply", "orders-apply", "orders")],
  ["an enforcement does", assume("aurora-users-enforce", "orders-apply", "orders")],
  ["a rotation does, where passwords are rotated", assume("aurora-users-rotate", "orders-apply", "orders")],
  ["an apply proves what it writes", call("aurora-users-apply", "kms:GenerateMac", PROOFS)],
  ["a rotation proves what it writes", call("aurora-users-rotate", "kms:GenerateMac", PROOFS)],
  ["a preview checks proofs", call("aurora-users-preview", "kms:VerifyMac", PROOFS)],
  ["a look reads this cluster's secret", call(LOOK, "secretsmanager:GetSecretValue", secret("orders"))],
  ["a look reads this cluster's ledger", item(LOOK, "Query", "ledger", "orders")],
  ["a look records what it refused", item(LOOK, "PutItem", "audit", "refused#orders")],
  ["acting writes this cluster's ledger", item(ACT, "PutItem", "ledger", "orders")],
  ["a look reads who was offboarded", item(LOOK, "Query", "ledger", "#offboarded")],
  ["acting reads who was offboarded", item(ACT, "Query", "ledger", "#offboarded")],
  ["an enforcement marks a person", item("aurora-users-enforce", "PutItem", "ledger", "#offboarded")],
  ["an apply takes a mark back", item("aurora-users-apply", "PutItem", "ledger", "#offboarded")],
  ["an apply records it", item("aurora-users-apply", "PutItem", "audit", "#offboarding")],
  ["an apply lists the clusters", call("aurora-users-apply", "ssm:GetParametersByPath", REGISTRY)],
  ["an enforcement does so too", call("aurora-users-enforce", "ssm:GetParametersByPath", REGISTRY)],
  ["an enforcement keeps names of users", item("aurora-users-enforce", "PutItem", "ledger", "#directory")],
  ["acting lists the cluster", item(ACT, "PutItem", "ledger", "#clusters")],
  ["acting adds to this cluster's audit trail", item(ACT, "PutItem", "audit", "orders")],
  [
    "acting moves this cluster's schedule",
    call(ACT, "scheduler:UpdateSchedule", `arn:aws:scheduler:${HERE}:schedule/aurora-users/orders-expiry`),
  ],
  ["acting passes the schedule its role", pass("aurora-users-scheduler", "scheduler.amazonaws.com")],
  [
    "acting writes passwords of this cluster",
    call(ACT, "secretsmanager:PutSecretValue", secret("aurora-users/orders/sl_sync-AbCdEf")),
  ],
  [
    "a cluster with tokens: the administrator logs in",
    call(
      "aurora-users.billing-apply",
      "rds-db:connect",
      `arn:aws:rds-db:${HERE}:dbuser:cluster-BILLING/steward`,
    ),
  ],
];

const DENIED: [string, Asked][] = [
  ["a look assumes the role to act", assume("aurora-users-preview", "orders-apply", "orders")],
  ["an apply assumes the role to look", assume("aurora-users-apply", "orders-preview", "orders")],
  [
    "a run about another cluster assumes this one's role",
    assume("aurora-users-apply", "orders-apply", "billing"),
  ],
  ["one run role assumes another", assume(ACT, "billing-apply", "billing")],
  ["one run role assumes itself", assume(ACT, "orders-apply", "orders")],
  [
    "a rotation assumes a role without rotated passwords",
    assume("aurora-users-rotate", "billing-apply", "billing"),
  ],
  ["schedules' role assumes a run role", assume("aurora-users-scheduler", "orders-apply", "orders")],
  [
    "a function assumes a role that no cluster has",
    call("aurora-users-apply", "sts:AssumeRole", role("admin")),
  ],
  ["acting reads another cluster's secret", call(ACT, "secretsmanager:GetSecretValue", secret("billing"))],
  ["a look reads another cluster's secret", call(LOOK, "secretsmanager:GetSecretValue", secret("billing"))],
  [
    "a function's own role reads a secret",
    call("aurora-users-apply", "secretsmanager:GetSecretValue", secret("orders")),
  ],
  [
    "acting reads passwords of another cluster",
    call(ACT, "secretsmanager:GetSecretValue", secret("aurora-users/billing/sl_x-AbCdEf")),
  ],
  [
    "a look reads passwords of services",
    call(LOOK, "secretsmanager:GetSecretValue", secret("aurora-users/orders/sl_sync-AbCdEf")),
  ],
  ["acting reads another cluster's registry entry", call(ACT, "ssm:GetParameter", parameter("billing"))],
  ["a look reads another cluster's registry entry", call(LOOK, "ssm:GetParameter", parameter("billing"))],
  ["a function writes the registry", call("aurora-users-apply", "ssm:PutParameter", parameter("orders"))],
  ["a look reads another cluster's ledger", item(LOOK, "GetItem", "ledger", "billing")],
  ["acting reads another cluster's ledger", item(ACT, "Query", "ledger", "billing")],
  ["acting writes another cluster's ledger", item(ACT, "PutItem", "ledger", "billing")],
  ["acting writes two clusters' ledgers at once", item(ACT, "PutItem", "ledger", "orders", "billing")],
  [
    "a function's own role reads a cluster's ledger",
    item("aurora-users-apply", "GetItem", "ledger", "orders"),
  ],
  [
    "the preview's own role reads a cluster's ledger",
    item("aurora-users-preview", "Query", "ledger", "orders"),
  ],
  ["a look marks a person", item(LOOK, "PutItem", "ledger", "#offboarded")],
  ["acting marks a person", item(ACT, "PutItem", "ledger", "#offboarded")],
  ["acting takes a mark out of the ledger", item(ACT, "DeleteItem", "ledger", "#offboarded")],
  ["an apply deletes a mark", item("aurora-users-apply", "DeleteItem", "ledger", "#offboarded")],
  ["the preview marks a person", item("aurora-users-preview", "PutItem", "ledger", "#offboarded")],
  ["a rotation marks a person", item("aurora-users-rotate", "PutItem", "ledger", "#offboarded")],
  ["the preview lists the clusters", call("aurora-users-preview", "ssm:GetParametersByPath", REGISTRY)],
  ["acting adds to the trail of persons", item(ACT, "PutItem", "audit", "#offboarding")],
  ["acting reads the names of users", item(ACT, "Query", "ledger", "#directory")],
  ["a look writes the ledger", item(LOOK, "PutItem", "ledger", "orders")],
  ["a look deletes from the ledger", item(LOOK, "DeleteItem", "ledger", "orders")],
  ["a look adds to the audit trail", item(LOOK, "PutItem", "audit", "orders")],
  ["acting adds to another cluster's audit trail", item(ACT, "PutItem", "audit", "billing")],
  ["a function's own role adds to the audit trail", item("aurora-users-apply", "PutItem", "audit", "orders")],
  [
    "a look moves the schedule",
    call(LOOK, "scheduler:UpdateSchedule", `arn:aws:scheduler:${HERE}:schedule/aurora-users/orders-expiry`),
  ],
  [
    "acting moves another cluster's schedule",
    call(ACT, "scheduler:UpdateSchedule", `arn:aws:scheduler:${HERE}:schedule/aurora-users/billing-expiry`),
  ],
  [
    "acting makes a schedule",
    call(ACT, "scheduler:CreateSchedule", `arn:aws:scheduler:${HERE}:schedule/aurora-users/x`),
  ],
  ["acting passes another role", pass("admin", "scheduler.amazonaws.com")],
  ["acting passes the role to another service", pass("aurora-users-scheduler", "lambda.amazonaws.com")],
  ["a preview proves an item of the ledger", call("aurora-users-preview", "kms:GenerateMac", PROOFS)],
  ["a run role proves an item of the ledger", call(ACT, "kms:GenerateMac", PROOFS)],
  ["acting scans the ledger", call(ACT, "dynamodb:Scan", table("ledger"))],
  [
    "acting logs in to another cluster",
    call(ACT, "rds-db:connect", `arn:aws:rds-db:${HERE}:dbuser:cluster-BILLING/steward`),
  ],
  [
    "the administrator's run logs in as a person",
    call(
      "aurora-users.billing-apply",
      "rds-db:connect",
      `arn:aws:rds-db:${HERE}:dbuser:cluster-BILLING/sl_jane`,
    ),
  ],
];

describe("by the policies of a stack", () => {
  const all = documents();

  it.each(ALLOWED)("it is allowed that %s", async (_, asked) => {
    expect(await isAllowed(all, asked)).toBe(true);
  });

  it.each(DENIED)("it is denied that %s", async (_, asked) => {
    expect(await isAllowed(all, asked)).toBe(false);
  });

  it.each(["UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLDelete", "DeleteTable"])(
    "no role may call %s on the audit trail",
    async action => {
      for (const { name } of all.roles)
        for (const key of ["orders", "billing", "refused#orders"])
          expect([name, await isAllowed(all, item(name, action, "audit", key))]).toEqual([name, false]);
    },
  );

  it("functions of which some clusters have no run roles may not change an audit item either", async () => {
    const stack = stackOf();
    reconcilerIn(stack, { rotation: true });
    clusterIn(stack, { runRoles: false });
    const wide = documentsOf(synth(stack));
    expect(await isAllowed(wide, item("aurora-users-apply", "PutItem", "audit", "orders"))).toBe(true);
    for (const { name } of wide.roles)
      for (const action of ["UpdateItem", "DeleteItem"])
        expect([name, await isAllowed(wide, item(name, action, "audit", "orders"))]).toEqual([name, false]);
  });
});
