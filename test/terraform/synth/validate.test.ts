import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Terraform, terraformEnvironment } from "../../../local/terraform/terraform";
import { SharedProvider } from "../../support/terraform/shared-provider";

const root = join(__dirname, "../../..");
const directory = mkdtempSync(join(tmpdir(), "synth "));
let provider: SharedProvider | undefined;
afterAll(async () => {
  await provider?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs an app as `cdktf.json` does. @returns the folders of its stacks, by name */
async function stacksOf(app: string): Promise<Record<string, string>> {
  const out = mkdtempSync(join(directory, "out "));
  await promisify(execFile)(process.execPath, ["--import", "tsx", join(root, app)], {
    cwd: root,
    env: { ...process.env, CDKTF_OUTDIR: out },
  });
  const stacks = join(out, "stacks");
  return Object.fromEntries(readdirSync(stacks).map(stack => [stack, join(stacks, stack)]));
}

test.each([
  ["main.ts", ["aurora-users-orders", "aurora-users-payments", "aurora-users-shared"]],
  ["examples/import-constructs/main.ts", ["shop"]],
  ["test/terraform/synth/every-construct.ts", ["every"]],
])(
  "Terraform accepts the stacks of %s",
  async (app, names) => {
    const stacks = await stacksOf(app);
    expect(Object.keys(stacks).sort()).toEqual(names);
    const environment = await terraformEnvironment(directory);
    for (const folder of Object.values(stacks)) {
      provider ??= await SharedProvider.start(folder, environment);
      provider.use(folder);
      const terraform = new Terraform(folder, { ...environment, ...provider.environment });
      expect(await terraform.init("-backend=false")).toMatchObject({ ok: true });
      const { ok, text } = await terraform.run("validate", "-no-color");
      expect({ ok, text }).toEqual({
        ok: true,
        text: expect.stringMatching(/^Success! The configuration is valid\.\s*$/),
      });
    }
  },
  120_000,
);
