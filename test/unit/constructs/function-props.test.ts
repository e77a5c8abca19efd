import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { type App, TerraformStack, TerraformVariable, Testing } from "cdktf";
import {
  AccessAlarms,
  AccessLedger,
  AccessNotifier,
  AccessStackCheck,
  EmailChannel,
  Reconciler,
  SlackChannel,
  SnsChannel,
} from "../../../constructs";
import {
  clusterIn,
  fakeBundle,
  importedReconciler,
  reconcilerIn,
  stackOf,
  statementsOf,
  synth,
} from "./synth";

const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
const SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook-AbCdEf";
const slack = (props: object = {}) => new SlackChannel({ webhookSecretArn: SECRET, ...props });
const notifierIn = (stack: TerraformStack, props: object = {}) =>
  new AccessNotifier(stack, "Notifier", { channels: [slack()], bundle: fakeBundle(), ...props });

describe("the settings of functions, checked at synth", () => {
  const wrong: [string, readonly unknown[], string][] = [
    ["logRetentionDays", [10, -1, 31, 366, 7.5], "`logRetentionDays` must be one of 0, 1, 3, 5"],
    [
      "permissionsBoundary",
      ["boundary", "arn:aws:iam::111122223333:role/boundary", "arn:aws:iam::1:policy/b"],
      "`permissionsBoundary` must be the ARN of a policy",
    ],
    [
      "logKmsKeyArn",
      ["alias/logs", "1234abcd", KEY.replace("key/", "alias/")],
      "`logKmsKeyArn` must be the ARN of a KMS key",
    ],
    [
      "environmentKmsKeyArn",
      ["alias/env", KEY.replace("key/", "alias/")],
      "`environmentKmsKeyArn` must be the ARN of a KMS key",
    ],
    [
      "codeSigningConfigArn",
      ["csc-0f6c334abcdea4d8b", KEY],
      "`codeSigningConfigArn` must be the ARN of a code signing configuration",
    ],
    ["reservedConcurrency", [0, 1, 1001, 2.5], "`reservedConcurrency` must be a whole number from 2 to 1000"],
    ["architecture", ["arm", "x86", "amd64"], "`architecture` must be one of arm64, x86_64"],
  ];
  test.each(wrong)("a reconciler and a notifier refuse a wrong %s", (prop, values, message) => {
    for (const value of values) {
      expect(() => reconcilerIn(stackOf(), { [prop]: value })).toThrow(`[stack/Reconciler] ${message}`);
      expect(() => notifierIn(stackOf(), { [prop]: value })).toThrow(`[stack/Notifier] ${message}`);
    }
  });

  it("accepts what AWS accepts, and tokens", () => {
    const stack = stackOf();
    const text = new TerraformVariable(stack, "Text", { type: "string" }).stringValue;
    const days = new TerraformVariable(stack, "Days", { type: "number" }).numberValue;
    reconcilerIn(stack, { logRetentionDays: days, permissionsBoundary: text, logKmsKeyArn: text });
    notifierIn(stack, {
      logRetentionDays: 0,
      permissionsBoundary: "arn:aws:iam::aws:policy/PowerUserAccess",
      logKmsKeyArn: KEY,
    });
    expect(() => synth(stack)).not.toThrow();
  });

  it("are all functions' own, and absent unless given", () => {
    const codeSigningConfigArn = "arn:aws:lambda:eu-west-1:111122223333:code-signing-config:csc-0f6c33";
    const [off, on] = [{}, { environmentKmsKeyArn: KEY, reservedConcurrency: 9, codeSigningConfigArn }].map(
      props => {
        const stack = stackOf();
        reconcilerIn(stack, { rotation: true, ...props });
        notifierIn(stack, props);
        return synth(stack).resource;
      },
    );
    for (const name of ["-preview", "-apply", "-enforce", "-rotate", "-notifier"]) {
      expect(on!["aws_lambda_function"]![`aurora-users${name}`]).toMatchObject({
        kms_key_arn: KEY,
        reserved_concurrent_executions: 9,
        code_signing_config_arn: codeSigningConfigArn,
      });
      expect(statementsOf(on!["aws_iam_role_policy"]![`aurora-users${name}_base`].policy)).toContainEqual({
        Effect: "Allow",
        Action: ["kms:Decrypt"],
        Resource: KEY,
      });
    }
    expect(JSON.stringify(off)).not.toMatch(/"kms_key_arn|kms:Decrypt|reserved_concurrent|code_signing/);
  });

  test.each<[string, (scope: TerraformStack) => unknown, string]>([
    [
      "a ledger's key",
      stack => new AccessLedger(stack, "X", { kmsKeyArn: "alias/ledger" }),
      "`kmsKeyArn` must be the ARN of a KMS key",
    ],
    [
      "a ledger's region",
      stack => AccessLedger.fromAccessLedgerAttributes(stack, "X", { region: "Ireland" }),
      "`region` must be the name of a region",
    ],
    [
      "a ledger's account",
      stack => AccessLedger.fromAccessLedgerAttributes(stack, "X", { accountId: "1" }),
      "`accountId` must be the 12 digits",
    ],
    [
      "a topic of alarms",
      stack =>
        new AccessAlarms(stack, "X", {
          reconciler: importedReconciler(stack),
          topicArn: "arn:aws:sqs:eu-west-1:111122223333:q",
        }),
      "`topicArn` must be the ARN of a topic",
    ],
  ])("refuses %s", (_, make, message) => expect(() => make(stackOf())).toThrow(`[stack/X] ${message}`));

  test.each<[string, object, string]>([
    [
      "a secret",
      { channels: [slack({ webhookSecretArn: KEY })] },
      "`webhookSecretArn` must be the ARN of a secret",
    ],
    ["a key", { channels: [slack({ kmsKeyArn: SECRET })] }, "`kmsKeyArn` must be the ARN of a KMS key"],
    [
      "a topic",
      { channels: [new SnsChannel({ topicArn: SECRET })] },
      "`topicArn` must be the ARN of a topic",
    ],
    [
      "a region",
      {
        channels: [
          new EmailChannel({ from: "a@example.com", transport: { type: "ses", region: "eu-west-1a" } }),
        ],
      },
      "`region` must be the name of a region",
    ],
  ])("a channel refuses what is no ARN or name of %s", (_, props, message) =>
    expect(() => notifierIn(stackOf(), props)).toThrow(message),
  );
});

describe("two of one name", () => {
  const stackIn = (app: App, id: string, provider: object) => {
    const stack = new TerraformStack(app, id);
    new AwsProvider(stack, "aws", provider);
    return stack;
  };

  test.each([
    ["ledgers", (stack: TerraformStack, id: string) => new AccessLedger(stack, id)],
    [
      "ledgers of a given name",
      (stack: TerraformStack, id: string) => new AccessLedger(stack, id, { name: "team" }),
    ],
  ])("%s are refused in one stack, and in stacks of one provider", (_, make) => {
    const stack = stackOf();
    make(stack, "One");
    expect(() => make(stack, "Two")).toThrow(
      /^\[stack\/Two\] the .* is declared twice: at stack\/One and at stack\/Two/,
    );

    const app = Testing.app();
    const [first, second] = ["a", "b"].map(id => stackIn(app, id, { region: "eu-west-1" }));
    make(first!, "One");
    make(second!, "Two");
    expect(() => synth(second!)).toThrow(
      /\[b\/Two\] the .* is declared twice: at a\/One and at b\/Two.*allowedAccountIds/,
    );
  });

  it("is refused of reconcilers, whose roles and queues have the name", () => {
    const app = Testing.app();
    const [first, second] = [stackOf(app, "a"), stackOf(app, "b")];
    const make = (stack: TerraformStack, id: string, name: string) =>
      new Reconciler(stack, id, {
        ledger: new AccessLedger(stack, `${id}Ledger`, { name: `ledger-${id}` }),
        bundle: fakeBundle(),
        name,
      });
    make(first, "One", "team");
    for (const stack of [first, second])
      expect(() => make(stack, "Two", "team")).toThrow(
        /the reconciler team is declared twice: at a\/One and at .\/Two/,
      );
    expect(() => make(second, "Three", "other")).not.toThrow();
  });

  test.each([
    ["of another region", { region: "us-east-1" }],
    ["of another account", { region: "eu-west-1", allowedAccountIds: ["111122223333"] }],
    ["of another profile", { region: "eu-west-1", profile: "prod" }],
  ])("may be in stacks %s", (_, provider) => {
    const app = Testing.app();
    const first = stackIn(app, "a", { region: "eu-west-1" });
    const second = stackIn(app, "b", provider);
    new AccessLedger(first, "Ledger");
    new AccessLedger(second, "Ledger");
    AccessLedger.fromAccessLedgerAttributes(second, "Other");
    expect(() => [synth(first), synth(second)]).not.toThrow();
  });
});

describe("clusters that the app does not declare", () => {
  const use = (stack: TerraformStack, name: string) =>
    notifierIn(stack, { channels: [slack({ clusters: ["orders", name] })] });

  test.each([
    ["ordrs", 'did you mean "orders"?'],
    ["Orders", 'did you mean "orders"?'],
    ["payments", "there are: orders"],
  ])("are refused in a channel: %s", (name, hint) => {
    const stack = stackOf();
    use(stack, name);
    clusterIn(stack);
    expect(() => synth(stack)).toThrow(
      `[stack/Notifier] \`clusters\`: the app declares no cluster "${name}"; ${hint}`,
    );
  });

  it("are accepted if another app declares them, or this one declares none", () => {
    const alone = stackOf();
    use(alone, "orders");
    expect(() => synth(alone)).not.toThrow();
    const stack = stackOf();
    use(stack, "payments");
    clusterIn(stack);
    const reconciler = importedReconciler(stack);
    new AccessStackCheck(stack, "Check", { reconciler, declaredElsewhere: ["payments"] });
    expect(() => synth(stack)).not.toThrow();
  });
});
