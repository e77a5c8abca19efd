import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { failingChecks, unexpectedChanges } from "../../local/upgrade/judge-plan";
import {
  hookFaults,
  hooksOf,
  isUnproven,
  ledgerFaults,
  unprovenItems,
} from "../../local/upgrade/unproven-ledger";
import { ROOT, run } from "./project";

const SCRIPT = join(ROOT, "scripts", "upgrade-from.sh");

describe("scripts/upgrade-from.sh", () => {
  it("can be run, and says with --help what it proves and which options it has", () => {
    accessSync(SCRIPT, constants.X_OK);
    const { status, stdout } = run(SCRIPT, ["--help"]);
    expect(status).toBe(0);
    for (const option of [
      "<commit>",
      "--allow",
      "--back-refused",
      "--ledger-without-proofs",
      "--gates-replaced",
      "--keep",
      "Exit codes",
    ])
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

describe("the first plan of a cluster whose ledger has no proofs", () => {
  const note = "The ledger's record of this cluster has no proof: that is normal once.";
  const set = (id: string, more: object = {}) => ({
    changeSet: { [id]: { status: "none", statements: {}, notes: [note], ...more } },
  });
  const input = (more: object) => JSON.stringify({ cluster: "orders", roster: { accounts: {} }, ...more });
  const hook = (after: object, name = "orders-access", others: object = {}) =>
    changed(
      `aws_lambda_invocation.${name}`,
      { input: input(set("cs-1")), result: "{}" },
      { input: input(after), ...others },
      { result: true },
    );

  it("may call the hook of the cluster with a change set that has no statement", () => {
    expect(hookFaults(plan(hook(set("cs-2"))))).toEqual([]);
    expect(hooksOf(plan(hook(set("cs-2"))))).toEqual(["aws_lambda_invocation.orders-access"]);
  });

  it.each<[string, object, string]>([
    [
      "shows a statement",
      set("cs-2", { statements: { "0001": "DROP USER 'sl_a'@'%'" } }),
      "shows a statement",
    ],
    ["has another status", set("cs-2", { status: "unverified" }), "shows a statement"],
    ["has no note", set("cs-2", { notes: [] }), "does not name the missing proof"],
    ["has another note", set("cs-2", { notes: ["Apply."] }), "does not name the missing proof"],
    ["asks for another roster", { ...set("cs-2"), roster: {} }, "asks for something else"],
  ])("must not call a hook that %s", (_, after, fault) => {
    expect(hookFaults(plan(hook(after)))).toEqual([`aws_lambda_invocation.orders-access: ${fault}`]);
  });

  it("must not change another attribute of the hook, replace it, call two hooks, or none", () => {
    const address = "aws_lambda_invocation.orders-access";
    expect(hookFaults(plan(hook(set("cs-2"), "orders-access", { triggers: {} })))).toEqual([
      `${address}: updates triggers`,
    ]);
    expect(hookFaults(plan(changed(address, null, {})))).toEqual([`${address}: create`]);
    expect(hookFaults(plan())).toEqual(["the plan calls 0 hooks: "]);
    expect(hookFaults(plan(hook(set("cs-2")), hook(set("cs-2"), "payments-access")))).toEqual([
      `the plan calls 2 hooks: ${address}, aws_lambda_invocation.payments-access`,
    ]);
  });
});

describe("the ledger after the first apply of a cluster whose ledger had no proofs", () => {
  const version = (id: string, roster: object) => ({
    pk: "orders",
    sk: `blob#${id}#0000`,
    data: gzipSync(JSON.stringify({ formerly: [], roster, changeSet: id })),
  });
  const head = (id: string, more: object = {}) => ({
    pk: "orders",
    sk: "head",
    owner: "app",
    applied: id,
    target: id,
    ...more,
  });
  const other = { pk: "payments", sk: "head", owner: "app", proof: "p" };
  const outbox = { pk: "orders", sk: "outbox#run#0000", data: new Uint8Array([1]) };
  const before = [head("1"), version("1", { a: 1 }), outbox, other];
  const holders = { pk: "orders", sk: "holders", blob: "3", proof: "p" };
  const after = [head("2", { proof: "p", revision: 2 }), version("2", { a: 1 }), holders, other];
  const faultsOf = (...items: readonly object[]) => ledgerFaults(before, items as typeof before, "orders");

  it("has the same roster with a proof, and no event without one", () => {
    expect([isUnproven(before, "orders"), isUnproven(before, "payments")]).toEqual([true, false]);
    expect(faultsOf(...after)).toEqual([]);
    expect(unprovenItems(before)).toEqual(["orders head", "orders outbox#run#0000"]);
    expect(unprovenItems(after as typeof before)).toEqual([]);
  });

  it("must not be without the proof, name another roster, or leave it pending", () => {
    const [, ...rest] = after;
    expect(faultsOf(head("2"), ...rest)).toEqual(["orders head: has no proof"]);
    expect(faultsOf(head("2", { proof: "p", target: "4" }), ...rest)).toEqual([
      "orders head: the roster is not in effect",
    ]);
    expect(faultsOf(after[0]!, version("2", { a: 2 }), holders, other)).toEqual([
      "orders head: names another roster",
    ]);
    expect(faultsOf(after[0]!, holders, other)).toEqual(["orders head: names another roster"]);
    const [rosterless] = before;
    const faults = ledgerFaults([rosterless!, other], [after[0]!, other] as typeof before, "orders");
    expect(faults).toEqual(["orders head: names another roster"]);
  });

  it("must not differ in another attribute, item or cluster", () => {
    const owner = head("2", { proof: "p", owner: "b" });
    expect(faultsOf(owner, ...after.slice(1))).toEqual(["orders head: changes owner"]);
    const proven = { ...other, revision: 3 };
    expect(faultsOf(...after.slice(0, 3), proven)).toEqual(["payments head: changes revision"]);
    expect(faultsOf(...after.slice(0, 3))).toEqual(["payments head: is deleted"]);
    expect(faultsOf(...after, { pk: "orders", sk: "events" })).toEqual(["orders events: is new"]);
    const elsewhere = { pk: "payments", sk: "holders" };
    expect(faultsOf(...after, elsewhere)).toEqual(["payments holders: is new"]);
    const sent = { ...outbox, proof: "p" };
    const deleted = ledgerFaults([...before.filter(item => item !== outbox), sent], after, "orders");
    expect(deleted).toEqual(["orders outbox#run#0000: is deleted"]);
  });
});
