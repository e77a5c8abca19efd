import { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import { RdsClusterInstance } from "@cdktf/provider-aws/lib/rds-cluster-instance";
import { SecurityGroupRule } from "@cdktf/provider-aws/lib/security-group-rule";
import { type TerraformStack, Testing } from "cdktf";
import { Construct } from "constructs";
import { AccessLedger, AuroraCluster, ClusterEndpoint, Reconciler } from "../../../../constructs";
import { previewRequestSchema } from "../../../../core/contract/payload";
import { registryEntrySchema } from "../../../../core/contract/registry-entry";
import type { Roster } from "../../../../core/roster/roster";
import { clusterIn, endpoint, fakeBundle, importedReconciler, person, reads, stackOf, synth } from "../synth";

const ROLE = "arn:aws:iam::111122223333:role/access";
const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";

describe("AuroraCluster", () => {
  it("writes a registry entry that the functions can read", () => {
    const stack = stackOf();
    clusterIn(stack, { unmanaged: "lock", ceiling: { privileges: ["SELECT"], databases: ["a${b}"] } });
    const { locals, resource } = synth(stack);
    expect(resource["aws_ssm_parameter"]!["orders-registry"]).toMatchObject({
      name: "/aurora-users/orders",
      type: "String",
      insecure_value: "${jsonencode(local.orders-registry)}",
    });
    expect(registryEntrySchema.parse(locals["orders-registry"])).toEqual({
      protocol: 1,
      cluster: "orders",
      engine: "mysql",
      host: "orders.example.com",
      port: 3306,
      resourceId: "cluster-ORDERS",
      region: "eu-west-1",
      credentials: { secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders" },
      prefix: "sl",
      ceiling: { privileges: ["SELECT"], databases: ["a$${b}"] },
      unmanaged: "lock",
      definers: "block",
      drift: "report",
      expirySchedule: "aurora-users/orders-expiry",
      sources: [],
    });
  });

  it.each([5, 45, 300])("tells the functions that a look may take %s s", observationTimeout => {
    const stack = stackOf();
    clusterIn(stack, { observationTimeout });
    const { locals } = synth(stack);
    expect(registryEntrySchema.parse(locals["orders-registry"])).toMatchObject({ observationTimeout });
  });

  it.each(["global", "cluster", "writer"] as const)("tells the functions to end sessions on: %s", scope => {
    const stack = stackOf();
    clusterIn(stack, { endSessionsOn: scope });
    const { locals } = synth(stack);
    expect(registryEntrySchema.parse(locals["orders-registry"])).toMatchObject({ endSessionsOn: scope });
  });

  it("previews through the gate's output and locals alone", () => {
    const stack = stackOf();
    clusterIn(stack, { reference: "commit ${x}" }).addGrant(person("jane.doe"), reads("orders"));
    const { locals, data } = synth(stack);
    expect(data["aws_lambda_invocation"]!["orders-preview"]).toEqual({
      function_name: "${terraform_data.orders-gate.output.previewFunction}",
      input: '${trimsuffix(jsonencode(local.orders-preview_request), "}")},"roster":${local.orders-roster}}',
    });
    expect(locals["orders-preview_request"]).toEqual({
      protocol: 1,
      action: "preview",
      cluster: "orders",
      gate: "${terraform_data.orders-gate.id}",
      owner: "stack",
      adopt: false,
      plannedBy: "${data.aws_caller_identity.aurora-users-caller.arn}",
      reference: "commit $${x}",
    });
    const roster = JSON.parse(locals["orders-roster"]) as Roster;
    expect(roster.accounts).toEqual({ "sl_jane.doe": locals["jane_doe-on-orders"] });
    expect(() => previewRequestSchema.parse({ ...locals["orders-preview_request"], roster })).not.toThrow();
  });

  it("makes the hook depend on a known function, the gate, and what a refused destroy has to leave", () => {
    const stack = stackOf();
    clusterIn(stack, { removalPolicy: "remove", owner: "team" });
    const { locals, resource } = synth(stack);
    expect(resource["aws_lambda_invocation"]!["orders-access"]).toEqual({
      function_name: "aurora-users-apply",
      lifecycle_scope: "CRUD",
      input: '${trimsuffix(jsonencode(local.orders-apply_request), "}")},"roster":${local.orders-roster}}',
      triggers: { resourceId: "cluster-ORDERS" },
      terraform_key: "tf/${terraform.workspace}/${uuid()}",
      lifecycle: { create_before_destroy: true, ignore_changes: ["terraform_key"] },
      depends_on: [
        "terraform_data.orders-gate",
        "aws_iam_role_policy.orders-enforce",
        "aws_scheduler_schedule.orders-interval",
        "aws_scheduler_schedule.orders-expiry",
      ],
    });
    expect(locals["orders-apply_request"]).toMatchObject({
      action: "apply",
      owner: "team",
      removalPolicy: "remove",
      changeSet: "${local.orders-preview_result.changeSet}",
    });
  });

  it("with `remove`, makes a parameter that Terraform deletes before the hook, and with no other policy", () => {
    for (const removalPolicy of ["protect", "retain", "remove"] as const) {
      const stack = stackOf();
      clusterIn(stack, { removalPolicy });
      expect(synth(stack).resource["aws_ssm_parameter"]!["orders-removal"]).toEqual(
        removalPolicy === "remove"
          ? expect.objectContaining({
              name: "/aurora-users/orders/removal",
              depends_on: ["aws_lambda_invocation.orders-access"],
            })
          : undefined,
      );
    }
  });

  it("replaces the gate on attributes that stay known when resources change in place", () => {
    const stack = stackOf();
    const rule = new SecurityGroupRule(stack, "Rule", {
      type: "ingress",
      fromPort: 3306,
      toPort: 3306,
      protocol: "tcp",
      securityGroupId: "sg-1",
      sourceSecurityGroupId: "sg-2",
    });
    clusterIn(stack, { dependsOn: [rule] });
    const gate = synth(stack).resource["terraform_data"]!["orders-gate"];
    expect(gate.input).toEqual(gate.triggers_replace);
    expect(gate.input.needs).toEqual({
      "aws_ssm_parameter.orders-registry": "${aws_ssm_parameter.orders-registry.id}",
      "aws_iam_role_policy.orders-preview": "${aws_iam_role_policy.orders-preview.id}",
      "aws_iam_role_policy.orders-apply": "${aws_iam_role_policy.orders-apply.id}",
      "aws_security_group_rule.Rule": "${aws_security_group_rule.Rule.id}",
    });
    expect([...gate.depends_on].sort()).toEqual(Object.keys(gate.input.needs).sort());
    expect(JSON.stringify(gate)).not.toMatch(/hash|tags|version/);
  });

  it("waits for functions, tables, cluster and writer of the same stack", () => {
    const stack = stackOf();
    const ledger = new AccessLedger(stack, "Ledger");
    const reconciler = new Reconciler(stack, "Functions", { ledger, bundle: fakeBundle() });
    const rds = new RdsCluster(stack, "Rds", {
      engine: "aurora-mysql",
      clusterIdentifier: "orders",
      manageMasterUserPassword: true,
    });
    const writer = new RdsClusterInstance(stack, "Writer", {
      clusterIdentifier: rds.id,
      engine: "aurora-mysql",
      instanceClass: "db.r6g.large",
    });
    clusterIn(stack, {
      reconciler,
      endpoint: ClusterEndpoint.fromRdsCluster(rds, { writerInstances: [writer] }),
    });
    const { resource, locals } = synth(stack);
    expect(Object.keys(resource["terraform_data"]!["orders-gate"].input.needs)).toEqual(
      expect.arrayContaining([
        "aws_lambda_function.aurora-users-preview",
        "aws_lambda_function.aurora-users-apply",
        "aws_dynamodb_table.aurora-users-ledger",
        "aws_dynamodb_table.aurora-users-audit",
        "aws_rds_cluster.Rds",
        "aws_rds_cluster_instance.Writer",
      ]),
    );
    expect(locals["orders-registry"]).toMatchObject({
      host: "${aws_rds_cluster.Rds.endpoint}",
      port: "${aws_rds_cluster.Rds.port}",
      resourceId: "${aws_rds_cluster.Rds.cluster_resource_id}",
      credentials: { secretArn: "${aws_rds_cluster.Rds.master_user_secret[0].secret_arn}" },
    });
  });

  it("warns of pending changes with locals that Terraform prints in one line", () => {
    const stack = stackOf();
    clusterIn(stack);
    const { check } = synth(stack);
    expect(check["orders-access"].assert.map((assert: { condition: string }) => assert.condition)).toEqual([
      "${local.orders-verified}",
      "${local.orders-pending == 0}",
      '${local.orders-unmanaged == ""}',
      '${local.orders-removal == ""}',
    ]);
  });

  it("keeps every address when the construct moves", () => {
    const addresses = [
      (stack: TerraformStack) => clusterIn(stack, {}, "orders"),
      (stack: TerraformStack) => {
        const team = new Construct(stack, "Team");
        return new AuroraCluster(team, "Renamed", {
          name: "orders",
          reconciler: importedReconciler(stack),
          endpoint: endpoint(),
        });
      },
    ].map(declare => {
      const stack = stackOf();
      declare(stack).addGrant(person("jane.doe"), reads("orders"));
      const { locals, resource, data } = synth(stack);
      return [resource, data]
        .map(kind => Object.entries(kind).map(([type, made]) => [type, Object.keys(made).sort()]))
        .concat([Object.keys(locals) as never]);
    });
    expect(addresses[0]).toEqual(addresses[1]);
  });

  it("makes a record each for people whose names differ by one character", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    for (const user of ["john.doe", "john-doe", "johndoe", "john_doe"])
      cluster.addGrant(person(user), reads("orders"));
    const { resource } = synth(stack);
    expect(
      Object.keys(resource["terraform_data"]!)
        .filter(address => address.includes("-on-"))
        .sort(),
    ).toEqual(["john-doe-on-orders", "john_-5f_doe-on-orders", "john_doe-on-orders", "johndoe-on-orders"]);
    expect(resource["terraform_data"]!["john_doe-on-orders"]).toEqual({
      input: '${merge({account = "sl_john.doe"}, local.john_doe-on-orders)}',
      depends_on: ["aws_lambda_invocation.orders-access"],
      lifecycle: { create_before_destroy: true },
    });
  });

  it("makes one record for all users if asked to", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack, { records: "cluster" });
    cluster.addGrant(person("jane.doe", { name: "${x}" }), reads("orders"));
    const { resource, locals } = synth(stack);
    expect(Object.keys(resource["terraform_data"]!).sort()).toEqual(["orders-gate", "orders-grants"]);
    expect(resource["terraform_data"]!["orders-grants"].triggers_replace).toBe("${local.orders-roster}");
    expect(JSON.parse(locals["orders-roster"]).accounts["sl_jane.doe"].name).toBe("$${x}");
  });

  it("lets each function read this secret only, log in as this user only, or assume this role only", () => {
    const secretArn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s";
    const common = {
      endpoint: "h",
      resourceId: "cluster-X",
      region: "cn-north-1",
      accountId: "111122223333",
    };
    const statements = (more: object) => {
      const stack = stackOf();
      clusterIn(stack, { endpoint: ClusterEndpoint.fromAttributes({ ...common, ...more }) });
      const policies = synth(stack).resource["aws_iam_role_policy"]!;
      expect(policies["orders-preview"].policy).toBe(policies["orders-apply"].policy);
      expect([policies["orders-preview"].role, policies["orders-apply"].role]).toEqual([
        "aurora-users-preview",
        "aurora-users-apply",
      ]);
      return JSON.parse(policies["orders-apply"].policy).Statement;
    };
    expect(statements({ secretArn, kmsKeyArn: KEY })).toEqual([
      {
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue", "kms:Decrypt"],
        Resource: [secretArn, KEY],
      },
    ]);
    expect(statements({ iamUser: "steward" })).toEqual([
      {
        Effect: "Allow",
        Action: ["rds-db:connect"],
        Resource: "arn:aws-cn:rds-db:cn-north-1:111122223333:dbuser:cluster-X/steward",
      },
    ]);
    expect(statements({ secretArn, assumeRoleArn: ROLE })).toEqual([
      { Effect: "Allow", Action: ["sts:AssumeRole"], Resource: ROLE },
    ]);
  });

  it("makes the stack wait for the reconciler's stack, without a reference to it", () => {
    const app = Testing.app();
    const shared = stackOf(app, "shared");
    const reconciler = new Reconciler(shared, "Functions", {
      ledger: new AccessLedger(shared, "L"),
      bundle: fakeBundle(),
    });
    const stack = stackOf(app);
    clusterIn(stack, { reconciler });
    expect(stack.dependsOn(shared)).toBe(true);
    expect(JSON.stringify(synth(stack))).not.toMatch(/remote_state|aws_lambda_function/);
  });
});
