import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack, Testing } from "cdktf";
import fc from "fast-check";
import { AuroraCluster, ClusterEndpoint, Reconciler } from "../../../constructs";
import { escapeData, escapeJsonText, expressionLiteral } from "../../../constructs/terraform/escape";
import { Terraform, terraformEnvironment } from "../../../local/terraform/terraform";

const directory = mkdtempSync(join(tmpdir(), "hostile-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const PIECES = [
  "$",
  "{",
  "}",
  "%",
  "${",
  "%{",
  "$$",
  "%%",
  "$${",
  "%%{",
  "if",
  "x",
  "~",
  '"',
  "\\",
  "\\u0041",
  "\\n",
  "`",
  "'",
  "\n",
  "\r\n",
  "\t",
  "\u0001",
  "\u007f",
  "\u2028",
  "\u00ad",
  "\ufeff",
  "<",
  ">",
  "&",
  "#",
  "//",
  "/*",
  "é",
  "e\u0301",
  "😀",
  "-1.5e5",
];
const HOSTILE = [
  "${path.root}",
  "%{if true}a%{endif}",
  'x", "role" = "admin',
  "$${x}",
  "$$${x}",
  "%%{if}",
  "\\",
  '"',
  "\n",
  "`",
  "",
  "//",
  "${~ x ~}",
  "\\${x}",
  "\\\\${x}",
  "$",
  "%",
  "$%{x}",
  "%${x}",
  '"}',
  "local.orders-roster",
  "😀",
  "x",
  "y",
];

/** The outputs of a configuration that Terraform evaluated. */
async function evaluated(
  name: string,
  config: { locals: object; output: object },
): Promise<Record<string, string>> {
  const folder = join(mkdtempSync(join(directory, name)));
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(config));
  const terraform = new Terraform(folder, await terraformEnvironment(directory));
  const applied = await terraform.apply();
  if (!applied.ok) throw new Error(applied.text.slice(-2000));
  const outputs = JSON.parse((await terraform.run("output", "-json")).stdout) as Record<
    string,
    { value: string }
  >;
  return Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value]));
}

describe("hostile text", () => {
  const scope = new TerraformStack(Testing.app(), "scope");

  it("leaves Terraform unchanged as a value, as a name and within an expression", async () => {
    const random = fc.sample(
      fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 8 }).map(p => p.join("")),
      {
        numRuns: 2000,
        seed: 2,
      },
    );
    const texts = [...HOSTILE, ...random].filter(text => !text.startsWith("\ufeff"));
    const names = [...new Set(texts.filter(text => text.normalize("NFC") === text))];
    const data = { texts, names: Object.fromEntries(names.map((text, index) => [text, index])) };
    const { json, literals, text, textOfTerraform } = await evaluated("values", {
      locals: {
        text: escapeJsonText({ texts }, "texts", scope),
        data: escapeData(data, "data", scope),
        literals: texts.map(text => `\${${expressionLiteral(text, "text", scope)}}`),
      },
      output: {
        json: { value: "${jsonencode(local.data)}" },
        literals: { value: "${jsonencode(local.literals)}" },
        text: { value: "${local.text}" },
        textOfTerraform: { value: "${jsonencode({texts = local.data.texts})}" },
      },
    });
    // An upgrade from locals that Terraform encoded itself changes no call of a hook.
    expect(text).toBe(textOfTerraform);
    expect(JSON.parse(literals!)).toEqual(texts.map(text => text.normalize("NFC")));
    const got = JSON.parse(json!) as typeof data;
    expect(got.texts).toEqual(texts.map(text => text.normalize("NFC")));
    expect(got.names).toEqual(data.names);
  }, 60_000);

  it("is unchanged in requests and records", async () => {
    const stack = new TerraformStack(Testing.app(), "stack");
    new AwsProvider(stack, "aws", { region: "eu-west-1" });
    const cluster = new AuroraCluster(stack, "orders", {
      reconciler: Reconciler.fromReconcilerAttributes(stack, "Reconciler"),
      endpoint: ClusterEndpoint.fromAttributes({
        endpoint: "h",
        resourceId: "cluster-R",
        secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-AbCdEf",
        region: "eu-west-1",
        accountId: "111122223333",
      }),
      owner: "${path.cwd}",
      reference: '%{if} " \\',
    });
    const hostile = HOSTILE.filter(text => text !== "" && !/[\\/]|\s$|😀/.test(text));
    for (const [index, text] of hostile.entries())
      cluster.addAccount({
        account: `sl_${text}`.slice(0, 32),
        details: {
          kind: "person",
          user: `${text}.${index}`,
          name: text,
          databases: { [text]: { role: text, reason: text } },
        },
        roles: { [text]: ["SELECT"] },
        origin: "test",
      });
    const { data, locals, resource } = JSON.parse(Testing.synth(stack)) as {
      data: { aws_lambda_invocation: { "orders-preview": { input: string } } };
      locals: Record<string, object>;
      resource: { terraform_data: Record<string, { input: object }> };
    };
    // Without the parts that are not text of users: the gate and the result of the preview.
    const request = { ...locals["orders-preview_request"], gate: "g", plannedBy: "p" };
    const records = Object.entries(resource.terraform_data).filter(([address]) => address.includes("-on-"));
    const kept = Object.entries(locals).filter(([name]) => name.includes("-on-") || name === "orders-roster");
    const { asked, recorded } = await evaluated("requests", {
      locals: {
        ...Object.fromEntries(kept),
        "orders-preview_request": request,
        records: Object.fromEntries(records.map(([name, { input }]) => [name, input])),
      },
      output: {
        asked: { value: data.aws_lambda_invocation["orders-preview"].input },
        recorded: { value: "${jsonencode(local.records)}" },
      },
    });
    expect(JSON.parse(asked!)).toMatchObject({
      owner: "${path.cwd}",
      reference: '%{if} " \\',
      roster: cluster.toRoster(),
    });
    const inputs = Object.values(
      JSON.parse(recorded!) as Record<string, { account: string; name: string; databases: object }>,
    );
    expect(inputs).toHaveLength(hostile.length);
    const { accounts } = cluster.toRoster();
    for (const { account, ...details } of inputs) expect(details).toEqual(accounts[account]);
  }, 60_000);
});
