import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { Connection } from "mysql2/promise";
import { sleep } from "../process/child-process";
import { excerpt, resourceBlock } from "./demo-excerpt";
import type { Stage } from "./demo-stage";

const USER = "labels";
const ACCOUNT = `sl_${USER}`;
const SECRET = `aurora-users/orders/${ACCOUNT}`;
const FILE = `# yaml-language-server: $schema=../schemas/user.schema.json
name: Prints the labels of parcels
kind: service
login: password
grants:
  - cluster: orders
    database: orders
    tables: [orders]
    role: read
    reason: SHIP-91
`;
const SELECT = "SELECT id, total FROM orders.orders WHERE id = 1";
const ROTATION_MS = 60_000;

/** The demo's steps about a service that logs in by password. Each proves what it says, or throws. */
export class ServiceStory {
  readonly #stage: Stage;
  readonly #secrets: SecretsManagerClient;
  #password = "";

  constructor(stage: Stage) {
    this.#stage = stage;
    const { endpoint, region } = stage.cloud;
    this.#secrets = new SecretsManagerClient({ endpoint, region });
  }

  /** @throws DemoError */
  async play(): Promise<void> {
    await this.#create();
    await this.#rotate();
  }

  async #create(): Promise<void> {
    const stage = this.#stage;
    const { project, screen } = stage;
    screen.headline(
      "A service with a password",
      "A new file: a program that cannot make tokens may read one table. A function generates its password",
      "and keeps it in Secrets Manager. The plan, the state and the audit trail have a placeholder.",
    );
    project.add(USER, FILE);
    screen.quote([`users/${USER}.yaml`, ...FILE.trimEnd().split("\n").slice(1)]);
    await screen.during("the app", () => project.synth(stage.cloud, "SHIP-91"));
    const plan = await stage.plan();
    const secret = resourceBlock(plan.text, `aws_secretsmanager_secret.${USER}-on-orders`);
    screen.quote([...excerpt(secret, /^\s+\+ name /), ""]);
    await stage.quotePlan(plan, `terraform_data.${USER}-on-orders`);
    stage.expectStatements(plan, [
      `CREATE USER '${ACCOUNT}'@'%' IDENTIFIED WITH caching_sha2_password BY <password from Secrets Manager> ` +
        "REQUIRE SSL PASSWORD EXPIRE NEVER PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY",
      `GRANT SELECT ON \`orders\`.\`orders\` TO '${ACCOUNT}'@'%'`,
    ]);
    await stage.applyPlan(plan);
    screen.say("The service reads the secret, and logs in:");
    this.#password = await this.#current();
    const service = await this.#logIn(this.#password, "$CURRENT");
    await stage.lets(service, SELECT, "the service may read the table");
    await stage.refuses(
      service,
      "SELECT name FROM orders.customers",
      /^ERROR 1142 .*denied/,
      "the service may not read another table",
    );
    service.destroy();
  }

  async #rotate(): Promise<void> {
    const stage = this.#stage;
    const { screen } = stage;
    screen.headline(
      "Its password is rotated",
      "Secrets Manager calls a function with four steps. The new password works before the secret has it,",
      "and the old one for another hour, so no login is refused meanwhile.",
    );
    const service = await this.#logIn(this.#password, "$CURRENT");
    screen.quote([`$ aws secretsmanager rotate-secret --secret-id ${SECRET}`]);
    await screen.during("createSecret, setSecret, testSecret, finishSecret", () => this.#rotated());
    const password = await this.#current();
    stage.expect(password !== this.#password, "the secret has another password");
    screen.say("The session from before goes on, and both passwords let in:");
    await stage.lets(service, SELECT, "the session goes on");
    service.destroy();
    for (const [name, secret] of [
      ["$NEW", password],
      ["$OLD", this.#password],
    ] as const)
      (await this.#logIn(secret, name)).destroy();
  }

  /** Call it when more than an hour has passed since the rotation. @throws DemoError */
  async oldPasswordIsOver(): Promise<void> {
    const stage = this.#stage;
    stage.screen.say("On the way, the hour of the service's old password ended. The new one works:");
    await stage.logInRefused(ACCOUNT, this.#password);
    (await this.#logIn(await this.#current(), "$NEW")).destroy();
  }

  #logIn(password: string, shown: string): Promise<Connection> {
    return this.#stage.logIn(ACCOUNT, { secret: password, shown: `"${shown}"` });
  }

  /** The password of the secret's current version. */
  async #current(): Promise<string> {
    const { SecretString } = await this.#secrets.send(
      new GetSecretValueCommand({ SecretId: SECRET, VersionStage: "AWSCURRENT" }),
    );
    return (JSON.parse(SecretString!) as { password: string }).password;
  }

  /** Starts a rotation, once Secrets Manager has tested the function, and waits for its end. */
  async #rotated(): Promise<void> {
    await this.#until("the test ends", stages => !Object.values(stages).flat().includes("AWSPENDING"));
    const { VersionId } = await this.#secrets.send(new RotateSecretCommand({ SecretId: SECRET }));
    await this.#until("the rotation ends", stages => stages[VersionId!]?.includes("AWSCURRENT") === true);
  }

  /** Waits until the labels of the secret's versions are like this. */
  async #until(what: string, holds: (stages: Readonly<Record<string, readonly string[]>>) => boolean) {
    const describe = new DescribeSecretCommand({ SecretId: SECRET });
    for (const end = Date.now() + ROTATION_MS; Date.now() < end; await sleep(200)) {
      const { VersionIdsToStages = {} } = await this.#secrets.send(describe);
      if (holds(VersionIdsToStages)) return;
    }
    this.#stage.expect(false, what);
  }
}
