import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { type AuroraCluster, ParameterStoreSource } from "../../../constructs";
import type { Terraform } from "../../../local/terraform/terraform";
import type { Users } from "../../support/terraform/declaration";
import { changes, expectNoChanges, must, shownStatements } from "../../support/terraform/plan";
import { Scenario } from "../../support/terraform/scenario";
import { World } from "../../support/terraform/world";

let world: World;
beforeAll(async () => {
  // With queues, so that the schedules fire.
  world = await World.start({ addToShared: () => {} });
}, 180_000);
afterAll(() => world?.stop());

const inAnHour = () =>
  `${new Date(world.cloud.aws.clock.now().getTime() + 3_600_000).toISOString().slice(0, 19)}Z`;

describe("a destroy that is refused because accounts remain", () => {
  const scenario = () => new Scenario(world, "stays");
  const declare = (expires: string, others: Users = { eve: { orders: "read" } }) => {
    const synthesised = world.stacks.synthesise(app => {
      const stack = scenario().addTo(app, world.addShared(app), {
        users: { dan: { orders: { role: "read", expires } }, ...others },
      });
      const cluster = stack.node.findChild("stays") as unknown as AuroraCluster;
      const assumeRolePolicy = '{"Version":"2012-10-17","Statement":[]}';
      cluster.grantConnect({
        role: new IamRole(stack, "Developers", { name: "developers", assumeRolePolicy }),
      });
      new ParameterStoreSource(stack, "Source", {
        name: "shop/prod",
        clusters: [{ cluster, databases: ["orders"] }],
        roles: { read: ["SELECT"] },
        mailDomains: [],
      });
    });
    return world.terraform(synthesised, "stays");
  };

  it("leaves enforcement and logins as they were, says what is gone, and an apply puts that back", async () => {
    const expires = inAnHour();
    const terraform = await declare(expires);
    must(await terraform.apply());
    must(await terraform.apply());
    const before = await terraform.stateList();

    const refused = await terraform.destroy();
    expect(refused.ok).toBe(false);
    expect(refused.text.replace(/[\s│]+/g, " ")).toMatch(
      /2 accounts are left.* Access still ends on its date\. The records of the grants and the policies of `grantConnect` may be destroyed already/,
    );
    const after = await terraform.stateList();
    expect(before.filter(address => !after.includes(address))).toEqual([
      expect.stringMatching(/^aws_cloudwatch_event_rule\./),
      expect.stringMatching(/^aws_cloudwatch_event_target\./),
      "aws_iam_role.Developers",
      expect.stringMatching(/^aws_iam_role_policy\.stays_Connect/),
      "terraform_data.dan-on-stays",
      "terraform_data.eve-on-stays",
      expect.stringMatching(/^terraform_data\.stays_Connect/),
    ]);

    expect(await scenario().tryAs("dan", "SELECT 1")).toBe("ok");
    const { aws } = world.cloud;
    const fired = await aws.passTime(Date.parse(expires) - aws.clock.now().getTime() + 60_000, {
      only: name => name === "stays-expiry",
    });
    expect(fired[0]).toMatchObject({ at: new Date(expires) });
    expect(await scenario().tryAs("dan", "SELECT 1")).toMatch(/denied/);
    expect(await scenario().tryAs("eve", "SELECT 1")).toBe("ok");

    must(await terraform.apply());
    expect(await terraform.stateList()).toEqual(before);
    expectNoChanges(await terraform.planText());
  }, 400_000);

  it("and then a lost state: docs/lost-state.md ends with empty plans, and nobody loses or gets access", async () => {
    const expires = inAnHour();
    must(await (await declare(expires)).apply());
    const grants = await scenario().grants();
    const [sharedList, clusterList, override] = pageFiles();
    const shared = await world.shared();
    await restore(shared, { "imports.tf.json": sharedList! }, /^terraform_data\.shared-ready$/);
    expectNoChanges(await shared.planText());

    // Meanwhile somebody took eve out. Only a plan that shows it may take her access.
    const terraform = await declare(expires, {});
    const before = await terraform.stateList();
    const connect = before.find(address => address.startsWith("aws_iam_role_policy.stays_Connect"))!;
    const own = [
      { to: "aws_iam_role.Developers", id: "developers" },
      { to: connect, id: idOf(connect, stateOf(terraform)) },
    ];
    const files = {
      "imports.tf.json": { import: [...clusterList!.import!, ...own] },
      "registry_override.tf.json": override!,
    };
    const created =
      /^terraform_data\.|^aws_lambda_invocation\.stays-access$|^aws_ssm_parameter\.stays-registry$/;
    await restore(terraform, files, created);
    expect(await scenario().grants()).toEqual(grants);
    const next = must(await terraform.planText());
    expect(shownStatements(next)).toEqual(["DROP USER 'stays_eve'@'%'"]);
    expect(next.text.replace(/\s+/g, " ")).toContain("no longer declared, but with access: stays_eve");

    must(await (await declare(expires)).apply());
    expectNoChanges(await terraform.planText());
    expect(await terraform.stateList()).toEqual(before);
    expect(await scenario().grants()).toEqual(grants);
    expect(await scenario().tryAs("dan", "SELECT 1")).toBe("ok");
    expect(await scenario().tryAs("eve", "SELECT 1")).toBe("ok");
  }, 400_000);
});

interface Import {
  readonly to: string;
  readonly id: string;
}

interface PageFile {
  readonly import?: readonly Import[];
  readonly resource?: object;
}

/** The page's files with this suite's names: the shared stack's list, a cluster's list, and the override. */
const pageFiles = (): PageFile[] =>
  [...readFileSync("docs/lost-state.md", "utf8").matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(
    ([, json]) =>
      JSON.parse(json!.replaceAll("aurora-users", "shared").replaceAll("orders", "stays")) as PageFile,
  );

interface State {
  readonly resources: readonly {
    readonly type: string;
    readonly name: string;
    readonly instances: readonly { readonly attributes: { readonly id: string } }[];
  }[];
}

/** A line of the page. What the page tells to look up comes from the lost state. */
function lookedUp({ id, to }: Import, state: State): Import {
  return { to, id: /^https:|^\d{4}abcd-/.test(id) ? idOf(to, state) : id };
}

const idOf = (address: string, { resources }: State): string =>
  resources.find(({ name, type }) => `${type}.${name}` === address)!.instances[0]!.attributes.id;

const stateFile = ({ directory }: Terraform): string => join(directory, "terraform.tfstate");
const stateOf = (stack: Terraform): State => JSON.parse(readFileSync(stateFile(stack), "utf8"));

/** Loses the state of a stack and goes the page's way. @param created what the plan may create */
async function restore(
  stack: Terraform,
  files: Readonly<Record<string, PageFile>>,
  created: RegExp,
): Promise<void> {
  const lost = stateOf(stack);
  rmSync(stateFile(stack));
  for (const [file, { import: list, ...others }] of Object.entries(files)) {
    const found = list ? { import: list.map(one => lookedUp(one, lost)) } : others;
    writeFileSync(join(stack.directory, file), JSON.stringify(found));
  }
  const plan = must(await stack.plan());
  const others = Object.entries(changes(plan)).filter(([, action]) => action !== "update");
  expect(others.filter(([address, action]) => action !== "create" || !created.test(address))).toEqual([]);
  must(await stack.apply(plan.file));
  for (const file of Object.keys(files)) rmSync(join(stack.directory, file));
}
