import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { Connection } from "mysql2/promise";
import { secretName } from "../../../../core/contract/secret-name";
import type { Roster } from "../../../../core/roster/roster";
import { logIn } from "../../../support/mysql-login";
import { EnforcementFixture } from "../enforce/enforcement-fixture";

export const SECRET_PATH = "aurora-users/orders";
const READ = { read: ["SELECT"], write: ["SELECT", "INSERT", "UPDATE"] } as const;

/** Services that log in by password, each with `read` on `orders`. */
export const services = (...names: readonly string[]): Roster => byLogin("password", ...names);
/** The same services, by IAM token. */
export const tokenServices = (...names: readonly string[]): Roster => byLogin(undefined, ...names);

const byLogin = (login: "password" | undefined, ...names: readonly string[]): Roster => ({
  roles: READ,
  accounts: Object.fromEntries(
    names.map(user => [
      `sl_${user}`,
      {
        kind: "service" as const,
        user,
        ...(login && { login }),
        databases: { orders: { role: "read" } },
      },
    ]),
  ),
});

/** What a secret holds. */
export interface Content {
  readonly engine: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly dbname?: string;
}

/** The reconciler, and secrets as Terraform makes them: without a version. */
export class PasswordFixture extends EnforcementFixture {
  get secrets(): SecretsManagerClient {
    return new SecretsManagerClient({});
  }

  async makeSecrets(...accounts: readonly string[]): Promise<void> {
    for (const account of accounts) {
      const Name = secretName(SECRET_PATH, account);
      await this.secrets
        .send(new DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true }))
        .catch(() => {});
      await this.secrets.send(new CreateSecretCommand({ Name }));
    }
  }

  async content(account: string, VersionStage = "AWSCURRENT"): Promise<Content> {
    const SecretId = secretName(SECRET_PATH, account);
    const found = await this.secrets.send(new GetSecretValueCommand({ SecretId, VersionStage }));
    return JSON.parse(found.SecretString!) as Content;
  }

  async byPassword(account: string, password?: string): Promise<Connection> {
    const secret = password ?? (await this.content(account)).password;
    const connection = await logIn(this.server, account, secret);
    connection.on("error", () => {});
    return connection;
  }
}

/** For a suite: a managed cluster without accounts before each test, and empty secrets of these accounts. */
export function passwordFixture(...accounts: readonly string[]): PasswordFixture {
  const fixture = new PasswordFixture();
  beforeAll(async () => {
    await fixture.begin();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.root.query("CREATE TABLE orders.t (a INT)");
  }, 180_000);
  afterAll(() => fixture.stop());
  beforeEach(async () => {
    fixture.resetClock();
    fixture.services = fixture.freshServices();
    await fixture.register("orders", { secretPath: SECRET_PATH });
    await fixture.makeSecrets(...accounts);
    await fixture.begins();
  });
  afterEach(() => fixture.aws.clearFaults());
  return fixture;
}
