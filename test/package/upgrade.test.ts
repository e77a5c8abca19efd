import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { failingChecks, unexpectedChanges } from "../../local/upgrade/judge-plan";
import { ROOT, run } from "./project";

const SCRIPT = join(ROOT, "scripts", "upgrade-from.sh");

describe("scripts/upgrade-from.sh", () => {
  it("can be run, and says with --help what it proves and which options it has", () => {
    accessSync(SCRIPT, constants.X_OK);
    const { status, stdout } = run(SCRIPT, ["--help"]);
    expect(status).toBe(0);
    for (const option of ["<commit>", "--allow", "--back-refused", "--keep", "Exit codes"])
      expect(stdout).toContain(option);
  });

  it("without a commit ends with 2 and the same help", () => {
    const { status, stdout } = run(SCRIPT, []);
    expect([status, stdout]).toEqual([2, run(SCRIPT, ["--help"]).stdout]);
  });
});

const changed = (address: string, before: object | null, after: object | null, unknown: object = {}) => ({
  address,
  type: address.split(".")[0]!,
  name: address.split(".")[1]!,
  change: {
    actions: before === null ? ["create"] : after === null ? ["delete"] : ["update"],
    before: before as Record<string, unknown> | null,
    after: after as Record<string, unknown> | null,
    after_unknown: unknown as Record<string, unknown>,
  },
});
const plan = (...resource_changes: ReturnType<typeof changed>[]) => ({
  format_version: "1.2",
  resource_changes,
});

describe("the plan of an upgrade", () => {
  const code = changed(
    "aws_lambda_function.x-apply",
    { filename: "a.zip", source_code_hash: "1", description: "d", last_modified: "t" },
    { filename: "b.zip", source_code_hash: "2", description: "d" },
    { last_modified: true },
  );
  const description = changed(
    "aws_iam_role.x",
    { description: "a", tags: null },
    { description: "b", tags: null },
  );

  it("may change the functions' code", () => {
    expect(unexpectedChanges(plan(code))).toEqual([]);
  });

  it("may change no other attribute, resource or output", () => {
    const memory = changed("aws_lambda_function.x-apply", { memory_size: 256 }, { memory_size: 512 });
    const hash = changed("aws_s3_object.x", { source_code_hash: "1" }, { source_code_hash: "2" });
    const outputs = { output_changes: { arn: { actions: ["update"] }, same: { actions: ["no-op"] } } };
    const found = unexpectedChanges({
      ...plan(
        memory,
        hash,
        description,
        changed("aws_sqs_queue.x", null, {}),
        changed("aws_sns_topic.x", {}, null),
      ),
      ...outputs,
    });
    expect(found).toEqual([
      "aws_lambda_function.x-apply: update of memory_size",
      "aws_s3_object.x: update of source_code_hash",
      "aws_iam_role.x: update of description",
      "aws_sqs_queue.x: create",
      "aws_sns_topic.x: delete",
      "output.arn: update",
    ]);
  });

  it("may change what --allow names, and of that only the named attributes", () => {
    const both = changed("aws_iam_role.x", { description: "a", path: "/" }, { description: "b", path: "/p" });
    const allowed = ["aws_sqs_queue.*", "aws_iam_role.x:description,tags"];
    expect(unexpectedChanges(plan(changed("aws_sqs_queue.x", null, {}), description), allowed)).toEqual([]);
    expect(unexpectedChanges(plan(both, changed("aws_sqs_queuer.x", null, {})), allowed)).toEqual([
      "aws_iam_role.x: update of path",
      "aws_sqs_queuer.x: create",
    ]);
    expect(unexpectedChanges(plan(changed("aws_iam_role.x", {}, null)), allowed)).toHaveLength(1);
  });

  it("names the checks that do not pass", () => {
    const check = (name: string, status: string) => ({ address: { to_display: `check.${name}` }, status });
    expect(failingChecks({ checks: [check("a", "pass"), check("b", "fail"), check("c", "error")] })).toEqual([
      "check.b: fail",
      "check.c: error",
    ]);
  });
});
