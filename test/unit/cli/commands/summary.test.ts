import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Ajv from "ajv";
import { type Summary, summarySchemaText } from "../../../../core/summary/summary";
import { rosterOf } from "../../../support/observed";
import { planJson } from "../../../support/summary-plans";
import { runCli } from "../run-cli";

const READ = rosterOf({ sl_jane: { orders: "read" } });
const WRITE = rosterOf({ sl_jane: { orders: "write" } });
const SQL = "GRANT INSERT, UPDATE ON `orders`.* TO 'sl_jane'@'%'";
const PLAN = planJson([{ cluster: "orders", before: READ, after: WRITE, statements: [SQL] }]);

let folder: string;
const file = (name: string, content: string | Buffer) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const summary = (content: string, ...args: string[]) =>
  runCli(["summary", file("plan.json", content), ...args]);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "summary-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("aurora-users summary", () => {
  it.each([
    ["markdown", /^\*\*1 person gains; highest: `write` on orders \(was `read`\)\*\*\n/],
    ["text", /^1 person gains; highest: `write` on orders \(was `read`\)\n/],
    ["html", /^<!doctype html>/],
  ])("prints %s", async (format, expected) => {
    const { code, err, out } = await summary(PLAN, "--format", format);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(expected);
    expect(out).toContain(
      format === "html" ? "GRANT INSERT, UPDATE ON `orders`.* TO &#39;sl_jane&#39;" : SQL,
    );
  });

  it("prints Markdown without an option, and ends with the marker", async () => {
    expect((await summary(PLAN)).out.split("\n").at(-1)).toBe("<!-- aurora-users-summary -->");
    expect((await summary(PLAN, "--marker", "a/b")).out).toMatch(/\n<!-- aurora-users-summary: a\/b -->$/);
  });

  it.each<[string, object, RegExp]>([
    ["failed", { errored: true, complete: false }, /THE PLAN FAILED: it is not whole/],
    ["is not complete", { complete: false }, /THE PLAN IS NOT COMPLETE/],
  ])("says on top that a plan %s", async (_, more, expected) => {
    const { out } = await summary(JSON.stringify({ ...(JSON.parse(PLAN) as object), ...more }));
    expect(out.split("\n")[2]).toMatch(expected);
    expect((await summary(PLAN)).out).not.toContain("THE PLAN");
  });

  it("says on top that the rules change, though no access does", async () => {
    const rules = { few: { readOnly: { users: ["example.com"] } } };
    const plan = planJson([{ cluster: "orders", before: { ...READ, rules }, after: READ, statements: [] }]);
    const { out } = await summary(plan);
    expect(out.split("\n")[0]).toContain("nobody gains or loses access");
    expect(out.split("\n")[2]).toContain("1 rule changes: few DROPPED");
  });

  it("prints JSON that the published schema accepts", async () => {
    const { out } = await summary(PLAN, "--json");
    const published = readFileSync(join(__dirname, "../../../../schemas/summary.schema.json"), "utf8");
    expect(published).toBe(summarySchemaText());
    const validate = new Ajv({ strict: false }).compile(JSON.parse(published) as object);
    expect([validate(JSON.parse(out)), validate.errors]).toEqual([true, null]);
    expect(JSON.parse(out) as Summary).toMatchObject({
      version: 1,
      source: "plan",
      changes: [{ user: "jane" }],
    });
  });

  it("says that nobody gains or loses access", async () => {
    const same = planJson([{ cluster: "orders", before: READ, after: READ }]);
    expect((await summary(same, "--format", "text")).out).toMatch(/^nobody gains or loses access\n/);
  });

  it("reads a plan file by the program that is there, in the plan's folder", async () => {
    const plan = file("plan.tfplan", Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), Buffer.alloc(8)]));
    const program = file(
      "terraform",
      `#!/bin/sh\n[ "$1 $2" = "show -json" ] && [ "$PWD" = "$(dirname "$4")" ] && cat "${file("p.json", PLAN)}"\n`,
    );
    chmodSync(program, 0o755);
    const { out } = await runCli(["summary", plan, "--program", program], { PATH: process.env["PATH"]! });
    expect(out).toContain("1 person gains");
  });

  it("names the programs that are missing for a plan file, and says why one fails", async () => {
    const plan = file("plan.tfplan", Buffer.from([0x50, 0x4b, 3, 4]));
    const missing = await runCli(["summary", plan, "--program", join(folder, "none")]);
    expect(missing).toMatchObject({
      code: 2,
      err: expect.stringMatching(/is a plan file, and there is no .*none/),
    });
    const program = file("tofu", "#!/bin/sh\necho 'Error: no providers' >&2; exit 1\n");
    chmodSync(program, 0o755);
    const failed = await runCli(["summary", plan, "--program", program], { PATH: process.env["PATH"]! });
    expect(failed).toMatchObject({
      code: 1,
      err: expect.stringMatching(/failed in .*: Error: no providers\. Run it where/),
    });
  });

  it.each([
    ["no JSON", "hello", /plan\.json is neither a plan file nor a plan in JSON/],
    ["other JSON", "{}", /is JSON, but no plan: it has no `format_version`/],
    ["null", "null", /is JSON, but no plan/],
    [
      "another major version",
      PLAN.replace('"1.2"', '"2.0"'),
      /has the plan format 2\.0, and this release reads 1\.x/,
    ],
    ["a state", '{"format_version":"1.0","values":{}}', /is a state, and no plan/],
    [
      "changes of another form",
      '{"format_version":"1.2","resource_changes":{}}',
      /is no plan that this release reads: `resource_changes`/,
    ],
    [
      "a plan without clusters",
      '{"format_version":"1.2","resource_changes":[]}',
      /is a plan without clusters/,
    ],
    [
      "a hook of another release",
      PLAN.replaceAll('\\"accounts\\"', '\\"people\\"'),
      /the `input` of aws_lambda_invocation\.orders-access has another form \(`roster/,
    ],
  ])("refuses %s", async (_, content, message) => {
    const { code, err, out } = await summary(content);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(message);
  });

  it.each([
    [["--format", "pdf"], /`--format` must be one of markdown, text, json, html, not "pdf"/],
    [["--json", "--format", "text"], /contradict each other/],
    [["--marker", "a-->b"], /`--marker` must be/],
    [["--marker", "a--b"], /`--marker` must be/],
    [["--limit", "100"], /`--limit` must be a whole number from 8000/],
  ])("refuses the options %j", async (options, message) => {
    expect(await summary(PLAN, ...options)).toMatchObject({ code: 2, err: expect.stringMatching(message) });
  });
});
