import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { AuroraCluster } from "../../../constructs";
import { CALLER_CREDENTIALS } from "../../../local/aws/aws-endpoint";
import { logIn } from "../../support/mysql-login";
import type { Declaration } from "../../support/terraform/declaration";
import { change, changes, expectNoChanges, must, plannedStatements } from "../../support/terraform/plan";
import { Scenario } from "../../support/terraform/scenario";
import { World } from "../../support/terraform/world";

let world: World;
beforeAll(async () => {
  world = await World.start();
}, 180_000);
afterAll(() => world?.stop());

describe("a service with a password", () => {
  it("gets a secret that the plan shows and a password that no plan or state has, and loses both", async () => {
    const scenario = new Scenario(world, "pass1");
    const users = { jane: { orders: "read" } };
    const withService = (limits = {}): Declaration => ({
      users,
      adjust: stack => {
        const cluster = stack.node.findChild("pass1") as AuroraCluster;
        const service = { kind: "service", user: "sync", login: "password", limits } as const;
        cluster.addGrant(service, [{ databases: ["orders"], role: "read" }]);
        cluster.accountSecret("sync").grantRead({ roleArn: "arn:aws:iam::123456789012:role/sync-task" });
      },
    });
    const { endpoint, region } = world.cloud.description;
    const secrets = new SecretsManagerClient({ endpoint, region, credentials: CALLER_CREDENTIALS });
    const SecretId = "shared/pass1/pass1_sync";
    const passwordNow = async () => {
      const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
      return (JSON.parse(SecretString!) as { password: string }).password;
    };
    const works = async () => {
      const session = await logIn(world.server, "pass1_sync", await passwordNow());
      await session.query("SELECT * FROM orders.orders");
      session.destroy();
    };
    await scenario.deploy({ users });

    let terraform = await scenario.declare(withService());
    const first = must(await terraform.plan());
    const secret = "aws_secretsmanager_secret.sync-on-pass1";
    expect(change(first, secret)?.change.after).toMatchObject({ name: SecretId });
    expect(plannedStatements(first, "pass1")).toEqual([
      "CREATE USER 'pass1_sync'@'%' IDENTIFIED WITH caching_sha2_password BY <password from Secrets Manager> REQUIRE SSL PASSWORD EXPIRE NEVER PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY",
      "GRANT SELECT ON `orders`.* TO 'pass1_sync'@'%'",
    ]);
    must(await terraform.apply(first.file));
    await works();
    const stateNow = () => readFileSync(join(world.stacks.directory, "pass1", "terraform.tfstate"), "utf8");
    const firstState = stateNow();
    expect(firstState).toContain("password from Secrets Manager");
    expectNoChanges(await terraform.planText());

    terraform = await scenario.declare(withService({ connections: 7 }));
    const limited = must(await terraform.plan());
    must(await terraform.apply(limited.file));
    await works();
    const password = await passwordNow();
    const state = firstState + stateNow();
    for (const text of [
      first.text,
      JSON.stringify(first.json),
      limited.text,
      JSON.stringify(limited.json),
      state,
    ])
      expect(text.includes(password)).toBe(false);

    terraform = await scenario.declare({ users });
    const removal = must(await terraform.plan());
    expect(plannedStatements(removal, "pass1")).toEqual(["DROP USER 'pass1_sync'@'%'"]);
    expect(changes(removal)).toMatchObject({ [secret]: "delete" });
    must(await terraform.apply(removal.file));
    await expect(passwordNow()).rejects.toThrow();
    expectNoChanges(await terraform.planText());

    terraform = await scenario.declare(withService());
    must(await terraform.apply());
    await works();
    expect(await passwordNow()).not.toBe(password);
  }, 300_000);
});
