import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { parse } from "yaml";
import { ROOT } from "./project";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const problems = (schema: string, file: string): unknown => problemsOf(schema, parse(read(file)));
const problemsOf = (schema: string, value: unknown): unknown => {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const validate = ajv.compile(JSON.parse(read(`test/fixtures/schemas/${schema}.json`)) as object);
  return validate(value) ? [] : validate.errors;
};

interface Step {
  readonly run: string;
  readonly env: Record<string, string>;
}
const action = parse(read("action.yml")) as { readonly runs: { readonly steps: readonly Step[] } };
const workflow = parse(read("docs/ci/github-approvals.yml")) as {
  readonly jobs: { readonly approvals: { readonly steps: readonly Partial<Step>[] } };
};
const ofWorkflow = workflow.jobs.approvals.steps;
const scripts = [...action.runs.steps, ...(ofWorkflow.filter(({ env }) => env) as Step[])];

describe("files for CI", () => {
  it.each([
    ["github-action", "action.yml"],
    ["github-workflow", "docs/ci/github-approvals.yml"],
    ["gitlab-ci", "docs/ci/gitlab.yml"],
    ["gitlab-ci", "docs/ci/gitlab-approvals.yml"],
    ["pre-commit-hooks", ".pre-commit-hooks.yaml"],
  ])("the published schema %s accepts %s", (schema, file) => {
    expect(problems(schema, file)).toEqual([]);
  });

  it("the published schema github-workflow accepts the job of docs/summary.md", () => {
    const [, block] = /## GitHub\n\n```yaml\n(.*?)```/s.exec(read("docs/summary.md"))!;
    const job = { "runs-on": "ubuntu-latest", ...(parse(block!) as object) };
    expect(problemsOf("github-workflow", { on: "pull_request", jobs: { job } })).toEqual([]);
  });

  it("the files for approvals check with owners and approvers from before the change", () => {
    for (const [file, since] of [
      ["docs/ci/github-approvals.yml", "HEAD^1"],
      ["docs/ci/gitlab-approvals.yml", '"$CI_MERGE_REQUEST_DIFF_BASE_SHA"'],
    ] as const) {
      expect(read(file)).toContain(`--since=${since} --check`);
      expect(read(file)).toMatch(
        / show "?(HEAD\^1|\$CI_MERGE_REQUEST_DIFF_BASE_SHA):\.git(hub|lab)\/approvers\.json"? > /,
      );
    }
  });

  it("the schemas refuse what they should", () => {
    expect(problems("github-action", "docs/ci/gitlab.yml")).not.toEqual([]);
    expect(problems("github-workflow", "docs/ci/gitlab.yml")).not.toEqual([]);
    expect(problems("pre-commit-hooks", "action.yml")).not.toEqual([]);
    expect(problems("gitlab-ci", "docs/ci/spacelift.yml")).not.toEqual([]);
  });

  it.each(["docs/ci/atlantis.yml", "docs/ci/spacelift.yml"])(
    "%s is YAML that calls the command alone",
    file => {
      const runs = read(file).match(/npx .*/g)!;
      expect(parse(read(file))).toEqual(expect.any(Object));
      for (const run of runs) expect(run).toMatch(/^npx --no -- aurora-users summary /);
    },
  );

  it("no value of a workflow is part of a script on GitHub: all come by the environment", () => {
    for (const { env, run } of scripts) {
      expect(run).not.toContain("${{");
      expect(Object.values(env).filter(value => value.includes("${{"))).not.toEqual([]);
    }
  });

  it("each name with `$` in a script is one of its environment, of GitHub's, or its own", () => {
    for (const { env, run } of scripts) {
      const own = [...run.matchAll(/^\s*(?:export )?(\w+)=/gm), ...run.matchAll(/(\w+)\+=/g)].map(
        ([, name]) => name,
      );
      const ofJq = [...run.matchAll(/--(?:arg|slurpfile) (\w+)/g)].map(([, name]) => name);
      const used = [...run.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name]) => name!);
      const known = [...Object.keys(env), ...own, ...ofJq, "RUNNER_TEMP", "RANDOM"];
      expect(used.filter(name => !known.includes(name) && !name.startsWith("GITHUB_"))).toEqual([]);
    }
  });
});
