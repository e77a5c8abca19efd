import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCli } from "../run-cli";

const ROOT = join(__dirname, "../../../fixtures");
const plans = readdirSync(join(ROOT, "plans")).map(file => file.replace(/\.json$/, ""));
const FORMATS = { markdown: "md", text: "txt", html: "html" } as const;
const WRITES = process.env["WRITE_SUMMARIES"] !== undefined;

describe("the summary of a real plan", () => {
  it("has plans of a first apply, a role, a removal and drift", () => {
    expect(plans).toEqual(expect.arrayContaining(["drift", "first-apply", "removal", "role"]));
  });

  it.each(
    plans.flatMap(plan => Object.entries(FORMATS).map(([format, ending]) => ({ plan, format, ending }))),
  )("of $plan as $format is as it was looked at", async ({ ending, format, plan }) => {
    const { code, err, out } = await runCli([
      "summary",
      join(ROOT, "plans", `${plan}.json`),
      "--format",
      format,
    ]);
    const golden = join(ROOT, "summaries", `${plan}.${ending}`);
    if (WRITES) writeFileSync(golden, `${out}\n`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(`${out}\n`).toBe(readFileSync(golden, "utf8"));
  });
});
