import type { App, TerraformStack } from "cdktf";
import { AuroraCluster, ClusterEndpoint, type IReconciler } from "../../../constructs";
import { quoteAccount } from "../../../core/mysql";
import { CALLER_CREDENTIALS } from "../../../local/aws/aws-endpoint";
import type { Terraform } from "../../../local/terraform/terraform";
import { column, iamToken, logIn, rows } from "../mysql-login";
import type { Declaration } from "./declaration";
import { must } from "./plan";
import type { World } from "./world";

/**
 * A cluster with its own Terraform state. A test may declare it several times. All scenarios of a suite
 * share one server; each has its own name and prefix.
 */
export class Scenario {
  readonly prefix: string;

  constructor(
    readonly world: World,
    readonly name: string,
  ) {
    this.prefix = name.slice(0, 8);
  }

  account = (user: string) => `${this.prefix}_${user}`;

  addTo(app: App, shared: IReconciler, declaration: Declaration): TerraformStack {
    const stack = this.world.stacks.stack(app, declaration.stack ?? this.name);
    const reconciler = declaration.functions
      ? this.world.stacks.functions(stack, this.name, declaration.functions)
      : shared;
    if (declaration.withoutCluster) return stack;
    const { endpoint, port, resourceId, secretArn } =
      this.world.cloud.description.clusters[declaration.server ?? "orders"]!;
    const cluster = new AuroraCluster(stack, declaration.construct ?? this.name, {
      reconciler,
      name: this.name,
      prefix: this.prefix,
      endpoint: ClusterEndpoint.fromAttributes({ endpoint, port, resourceId, secretArn }),
      ...declaration.cluster,
    });
    for (const [user, databases] of Object.entries(declaration.users)) {
      cluster.addGrant(
        { kind: "person", user, name: user },
        Object.entries(databases).map(([database, grant]) => ({
          databases: [database],
          ...(typeof grant === "string" ? { role: grant } : grant),
        })),
      );
    }
    declaration.adjust?.(stack);
    return stack;
  }

  /** Synthesises the stack into the Terraform directory that holds its state. */
  async declare(declaration: Declaration): Promise<Terraform> {
    const synthesised = this.world.stacks.synthesise(app => {
      this.addTo(app, this.world.addShared(app), declaration);
    });
    return this.world.terraform(synthesised, declaration.stack ?? this.name, declaration.replacements);
  }

  /** Declares and applies without looking at the plan: for the beginning of a scenario. */
  async deploy(declaration: Declaration): Promise<Terraform> {
    const terraform = await this.declare(declaration);
    must(await terraform.apply());
    return terraform;
  }

  /** The accounts with the scenario's prefix and their grants, from SHOW GRANTS. */
  async grants(): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = {};
    const accounts = await rows(
      this.world.root,
      `SELECT User, Host FROM mysql.user WHERE User LIKE '${this.prefix}\\_%' ORDER BY User`,
    );
    for (const { User, Host } of accounts) {
      const account = quoteAccount({ user: String(User), host: String(Host) });
      const grants = await column(this.world.root, `SHOW GRANTS FOR ${account}`);
      found[String(User)] = grants
        .map(grant => /^GRANT (.*) ON (.*) TO /.exec(grant)!)
        .filter(([, privileges]) => privileges !== "USAGE")
        .map(([, privileges, on]) => `${privileges} ON ${on!.replaceAll("`", "")}`)
        .sort();
    }
    return found;
  }

  /** Logs in as a user by IAM token and runs one statement. @returns "ok" or the server's error */
  async tryAs(user: string, sql: string): Promise<string> {
    const server = this.world.cloud.servers["orders"]!;
    const key = { id: CALLER_CREDENTIALS.accessKeyId, secret: CALLER_CREDENTIALS.secretAccessKey };
    const connection = await logIn(
      server,
      this.account(user),
      await iamToken(server, this.account(user), key),
    ).catch((error: Error) => error);
    if (connection instanceof Error) return connection.message;
    const answer = await connection.query(sql).then(
      () => "ok",
      (error: Error) => error.message,
    );
    connection.destroy();
    return answer;
  }
}
