import { registryEntrySchema } from "../../../../core/contract/registry-entry";
import {
  ACCOUNT,
  ARN,
  clusterIn,
  person,
  reads,
  reconcilerIn,
  stackOf,
  statementsOf,
  synth,
  type Tree,
} from "../synth";

const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
const sync = { kind: "service" as const, user: "sync", login: "password" as const };

const withService = (props: object = {}) => {
  const stack = stackOf();
  reconcilerIn(stack);
  const cluster = clusterIn(stack, props);
  cluster.addGrant(sync, reads("orders"));
  cluster.addGrant(person("jane"), reads("orders"));
  return { stack, cluster };
};
const policyOf = (resource: Tree, part: string) => statementsOf(resource["aws_iam_role_policy"][part].policy);

describe("the secret of a service with a password", () => {
  it("is made empty, and before the hook", () => {
    const { stack } = withService();
    const { resource } = synth(stack);
    expect(resource["aws_secretsmanager_secret"]).toEqual({
      "sync-on-orders": {
        name: "aurora-users/orders/sl_sync",
        description: "A login on orders. The functions of aurora-users write its versions",
        recovery_window_in_days: 0,
      },
    });
    expect(resource["aws_secretsmanager_secret_version"]).toBeUndefined();
    const hook = resource["aws_lambda_invocation"]!["orders-access"];
    expect(hook.depends_on).toContain("aws_secretsmanager_secret.sync-on-orders");
    expect(resource["terraform_data"]!["orders-gate"].depends_on).not.toContain(
      "aws_secretsmanager_secret.sync-on-orders",
    );
  });

  it.each<[string, object, object, RegExp | undefined]>([
    ["are not rotated", {}, {}, /end after 90 days .* rotated never: it would be locked out/],
    ["are rotated too late", { rotateAfterDays: 90 }, {}, /rotated after 90: it would be locked out/],
    ["are rotated before", { rotateAfterDays: 89 }, {}, undefined],
    ["need a certificate", { rotateAfterDays: 30 }, { tls: "x509" }, /cannot be rotated.*certificate/],
  ])("may have passwords that end only if they are rotated before: they %s", (_, passwords, more, fault) => {
    const stack = stackOf();
    reconcilerIn(stack, { rotation: true });
    const cluster = clusterIn(stack, { passwords });
    const policy = { expiresAfterDays: 90 };
    const add = () => cluster.addGrant({ ...sync, password: policy, ...more } as never, reads("orders"));
    if (fault) expect(add).toThrow(fault);
    else {
      add();
      expect(JSON.stringify(synth(stack).locals)).toContain('"expiresAfterDays":90');
    }
  });

  it("has a policy of passwords only if it logs in by one", () => {
    const { cluster } = withService();
    const add = (user: string, login: "iam" | "password", expiresAfterDays: number) =>
      cluster.addGrant({ kind: "service", user, login, password: { expiresAfterDays } }, reads("orders"));
    expect(() => add("a", "iam", 90)).toThrow("`password` is for services that log in by password");
    expect(() => add("b", "password", -1)).toThrow(
      "`password.expiresAfterDays`: must be a whole number from 0 to 1000",
    );
    add("c", "password", 0);
  });

  it("is used by the functions that apply and enforce, and by no other path", () => {
    const { stack } = withService({ passwords: { kmsKeyArn: KEY, recoveryDays: 7 } });
    const { resource } = synth(stack);
    const writes = {
      Effect: "Allow",
      Action: ["DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"].map(
        action => `secretsmanager:${action}`,
      ),
      Resource: `${ARN("secretsmanager")}secret:aurora-users/orders/*`,
    };
    const key = { Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: KEY };
    expect(policyOf(resource, "orders-apply")).toEqual(expect.arrayContaining([writes, key]));
    expect(JSON.stringify(policyOf(resource, "orders-preview"))).not.toContain("aurora-users/orders/");
    expect(resource["aws_secretsmanager_secret"]!["sync-on-orders"]).toMatchObject({
      kms_key_id: KEY,
      recovery_window_in_days: 7,
    });
  });

  it("is named in the registry by its path; clusters without one keep their entry and policies", () => {
    const { stack } = withService();
    expect(registryEntrySchema.parse(synth(stack).locals["orders-registry"]).secretPath).toBe(
      "aurora-users/orders",
    );
    const other = stackOf();
    reconcilerIn(other);
    clusterIn(other).addGrant(person("jane"), reads("orders"));
    const { locals, resource } = synth(other);
    expect(locals["orders-registry"]).not.toHaveProperty("secretPath");
    expect(JSON.stringify(policyOf(resource, "orders-apply"))).not.toContain("PutSecretValue");
    expect(resource["aws_secretsmanager_secret"]).toBeUndefined();
  });

  it("may be read by the roles that the construct names", () => {
    const { cluster, stack } = withService({ passwords: { kmsKeyArn: KEY } });
    const secret = cluster.accountSecret("sync");
    secret.grantRead({ role: "sync-task" });
    secret.grantRead({ roleArn: "arn:aws:iam::444455556666:role/a" });
    secret.grantRead({ roleArn: "arn:aws:iam::444455556666:role/b" });
    const { resource } = synth(stack);
    const policies = Object.values(resource["aws_iam_role_policy"]!) as Tree[];
    const reader = policies.find(({ role }) => role === "sync-task")!;
    const arn = "${aws_secretsmanager_secret.sync-on-orders.arn}";
    expect(statementsOf(reader.policy)).toEqual([
      {
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret", "kms:Decrypt"],
        Resource: [arn, KEY],
      },
    ]);
    const policy = resource["aws_secretsmanager_secret_policy"]!["sync-on-orders"];
    expect(policy).toMatchObject({ secret_arn: arn, block_public_policy: true });
    expect(statementsOf(policy.policy)).toEqual([
      {
        Effect: "Allow",
        Principal: { AWS: ["arn:aws:iam::444455556666:role/a", "arn:aws:iam::444455556666:role/b"] },
        Action: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        Resource: "*",
      },
    ]);
  });

  it("gives a role a policy of its own for each secret, also where two have long or equal names", () => {
    const namesIn = (reconciler: string | undefined, ...users: string[]) => {
      const stack = stackOf();
      const made = reconcilerIn(stack, reconciler === undefined ? {} : { name: reconciler });
      const cluster = clusterIn(stack, { reconciler: made });
      for (const user of users) {
        cluster.addGrant({ ...sync, user }, reads("orders"));
        cluster.accountSecret(user).grantRead({ role: "sync-task" });
      }
      const policies = Object.values(synth(stack).resource["aws_iam_role_policy"]!) as Tree[];
      return policies.filter(({ role }) => role === "sync-task").map(({ name }) => name as string);
    };
    const [a, b] = [`${"_".repeat(14)}é`, `${"_".repeat(14)}è`];
    const all = [...namesIn(undefined, a, b, "sync"), ...namesIn("other-users", "sync")];
    expect(new Set(all).size).toBe(4);
    for (const name of all) expect(name).toMatch(/^read-[\w+=,.@-]{1,80}-[0-9a-f]{12}/);
    expect(all[2]).toMatch(/^read-sync-on-orders-[0-9a-f]{12}/);
  });

  it("is refused to what names no role, and for users without one", () => {
    const { cluster } = withService();
    expect(() => cluster.accountSecret("snyc")).toThrow(
      'no user "snyc" logs in to orders by password; did you mean "sync"?',
    );
    expect(() => cluster.accountSecret("jane")).toThrow(/no user "jane" logs in to orders by password/);
    const secret = cluster.accountSecret("sync");
    expect(() => secret.grantRead({ role: "arn:aws:iam::111122223333:role/x" })).toThrow(
      /`role` must be the role's name/,
    );
    expect(() => secret.grantRead({ roleArn: "*" })).toThrow(/`roleArn` must be the ARN of a role/);
  });

  it.each([1, 6, 31, 7.5])("is not kept for %s days", recoveryDays => {
    expect(() => withService({ passwords: { recoveryDays } })).toThrow(
      /`passwords.recoveryDays` must be 0, or 7 to 30/,
    );
  });

  it("is for services alone", () => {
    const cluster = clusterIn(stackOf());
    expect(() => cluster.addGrant(person("jane", { login: "password" }), reads("orders"))).toThrow(
      "`login`: only a service logs in by password",
    );
  });

  it("is not made for a login that exists, whose terms the roster has as they are written", () => {
    const stack = stackOf();
    reconcilerIn(stack);
    const cluster = clusterIn(stack);
    cluster.addGrant({ ...sync, login: "existing", tls: "ssl", limits: {} }, reads("orders"));
    cluster.addGrant(person("jane", { login: "existing" }), reads("orders"));
    const { locals, resource } = synth(stack);
    expect(resource["aws_secretsmanager_secret"]).toBeUndefined();
    expect(locals["sync-on-orders"]).toMatchObject({ login: "existing", tls: "ssl", limits: {} });
    const { login, limits, tls } = locals["jane-on-orders"];
    expect([login, limits, tls]).toEqual(["existing", undefined, undefined]);
  });

  it("is rotated once the hook has set a password, by a function that only Secrets Manager calls", () => {
    const stack = stackOf();
    reconcilerIn(stack, { rotation: true });
    const cluster = clusterIn(stack, { passwords: { rotateAfterDays: 30, oldPasswordHours: 48 } });
    cluster.addGrant(sync, reads("orders"));
    const { locals, resource } = synth(stack);
    const rotation = resource["aws_secretsmanager_secret_rotation"]!["sync-on-orders"];
    expect(rotation).toMatchObject({
      secret_id: "${aws_secretsmanager_secret.sync-on-orders.id}",
      rotation_lambda_arn: `${ARN("lambda")}function:aurora-users-rotate`,
      rotation_rules: { automatically_after_days: 30 },
      rotate_immediately: false,
    });
    expect(rotation.depends_on).toEqual(
      expect.arrayContaining([
        "aws_lambda_invocation.orders-access",
        "aws_iam_role_policy.orders-rotate",
        "aws_lambda_function.aurora-users-rotate",
        "aws_lambda_permission.aurora-users-rotate",
      ]),
    );
    expect(resource["aws_lambda_permission"]!["aurora-users-rotate"]).toMatchObject({
      principal: "secretsmanager.amazonaws.com",
      source_account: ACCOUNT,
    });
    expect(resource["aws_lambda_function"]!["aurora-users-rotate"]).toMatchObject({
      handler: "index.rotate",
    });
    const actions = statementsOf(resource["aws_iam_role_policy"]!["aurora-users-rotate_base"].policy).flatMap(
      ({ Action }) => Action,
    );
    expect(actions).not.toContain("iam:PassRole");
    expect(actions).toContain("events:PutEvents");
    expect(policyOf(resource, "orders-rotate")).toMatchObject([
      { Resource: `${ARN("secretsmanager")}secret:aurora-users/orders/*` },
    ]);
    expect(resource["aws_iam_role_policy"]!["orders-rotate"].role).toBe(
      "${aws_iam_role.orders-apply_run.name}",
    );
    expect(resource["aws_kms_key"]!["aurora-users-ledger-proofs"].policy).toContain(
      ":role/aurora-users-rotate",
    );
    expect(registryEntrySchema.parse(locals["orders-registry"]).oldPasswordHours).toBe(48);
  });

  it("is not rotated unless somebody says so, and then the reconciler must have the function", () => {
    const { stack } = withService();
    const { resource } = synth(stack);
    expect(resource["aws_secretsmanager_secret_rotation"]).toBeUndefined();
    expect(resource["aws_lambda_function"]).not.toHaveProperty("aurora-users-rotate");
    expect(resource["aws_iam_role_policy"]).not.toHaveProperty("orders-rotate");
    expect(() => withService({ passwords: { rotateAfterDays: 30 } })).toThrow(/set its `rotation: true`/);
    for (const rotateAfterDays of [0, 1001, 1.5])
      expect(() => withService({ passwords: { rotateAfterDays } })).toThrow(
        /`passwords.rotateAfterDays` must be/,
      );
  });
});
