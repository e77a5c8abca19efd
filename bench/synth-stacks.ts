import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformResource, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { AuroraCluster, addUsers, ClusterEndpoint, Reconciler } from "../constructs";
import { defined } from "../core/json";
import type { RosterAccount } from "../core/roster/roster";
import { readUsers } from "../reader";
import { against, measured, type Part } from "./figure";
import { takeTurns } from "./measure";
import { sampleAccount } from "./sample-roster";

const RUNS = 5;
const CLUSTERS = 5;
const USERS = 1_000;
const NAMES = Array.from({ length: CLUSTERS }, (_, index) => `cluster-${index}`);
const ACCOUNTS = Array.from({ length: USERS }, (_, index) => sampleAccount(index));

/**
 * Synthesis of clusters with many users, compared with the same number of plain resources with the same data.
 */
export const synthStacks: Part = async say => {
  const directory = mkdtempSync(join(tmpdir(), "aurora-users-bench-"));
  try {
    const users = join(directory, "users");
    mkdirSync(users);
    for (const account of ACCOUNTS) writeFileSync(join(users, `${account.user}.yaml`), userFile(account));
    const synth = (build: (app: App) => void) => ({
      run: () => {
        const app = new App({ outdir: join(directory, "out") });
        build(app);
        app.synth();
      },
      prepare: () => rmSync(join(directory, "out"), { recursive: true, force: true }),
    });
    say(`${CLUSTERS} clusters with ${USERS} users each, ${RUNS} times`);
    const times = await takeTurns(
      {
        constructs: synth(withGrants),
        folder: synth(app => addUsers(readUsers(users), clusters(app))),
        loop: synth(bareLoop),
      },
      { runs: RUNS, warmUps: 1 },
    );
    const loop = `a loop of ${CLUSTERS * USERS} terraform_data`;
    const what = `synth of ${CLUSTERS} clusters x ${USERS} users`;
    return [
      against(measured(`${what}, by addGrant`, "ms", times.constructs), loop, times.loop, 2),
      against(measured(`${what}, by addUsers from ${USERS} files`, "ms", times.folder), loop, times.loop),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

function clusters(app: App): AuroraCluster[] {
  return NAMES.map((name, index) => {
    const stack = stackOf(app, name);
    const endpoint = ClusterEndpoint.fromAttributes({
      region: "eu-west-1",
      accountId: "111122223333",
      endpoint: `${name}.cluster-c1abcdefghij.eu-west-1.rds.amazonaws.com`,
      resourceId: `cluster-${index}`,
      secretArn: `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}`,
    });
    return new AuroraCluster(stack, name, {
      reconciler: Reconciler.fromReconcilerAttributes(stack, "Reconciler"),
      endpoint,
    });
  });
}

function withGrants(app: App): void {
  for (const cluster of clusters(app)) {
    for (const { kind, user, name = user, databases } of ACCOUNTS) {
      const grants = Object.entries(databases).map(([database, { role, expires, reason }]) => {
        return defined({ databases: [database], role, expires, reason });
      });
      cluster.addGrant(
        { kind: kind === "person" ? kind : "service", user, name, email: `${user}@example.com` },
        grants,
      );
    }
  }
}

class BareTerraformData extends TerraformResource {
  readonly #input: object;

  constructor(scope: Construct, id: string, input: object) {
    super(scope, id, { terraformResourceType: "terraform_data" });
    this.#input = input;
  }

  protected override synthesizeAttributes() {
    return { input: this.#input };
  }
}

function bareLoop(app: App): void {
  for (const name of NAMES) {
    const stack = stackOf(app, name);
    for (const account of ACCOUNTS) new BareTerraformData(stack, account.user, account);
  }
}

function stackOf(app: App, name: string): TerraformStack {
  const stack = new TerraformStack(app, name);
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  return stack;
}

/** The account as a users file. JSON is valid YAML. */
function userFile({ user, name, email, databases }: RosterAccount): string {
  const grants = NAMES.flatMap(cluster =>
    Object.entries(databases).map(([database, { role, expires, reason }]) => {
      return { cluster, databases: [database], role, expires, reason };
    }),
  );
  return JSON.stringify({ name, email, username: user, grants }, null, 2);
}
