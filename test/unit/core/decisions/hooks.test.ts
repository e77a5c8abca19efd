import {
  type HookCall,
  holdBy,
  holdByNone,
  judgeDeletion,
  type KnownHooks,
  leaveTo,
} from "../../../../core/decisions/hooks";

const at = (seconds: number) => new Date(Date.UTC(2027, 0, 1, 0, 0, seconds));
const NONE: KnownHooks = { hooks: 0 };

/** A hook's name. The UUID's last digit tells instances apart. */
const named = (instance: number, workspace = "default") =>
  `tf/${workspace}/00000000-0000-4000-8000-00000000000${instance}`;

describe("hooks without a name", () => {
  const call = (action: HookCall["action"], seconds: number, payload = "p"): HookCall => ({
    action,
    hook: "tf",
    payload,
    at: at(seconds).toISOString(),
  });
  const answered = (head: KnownHooks, { payload }: HookCall) => ({ ...head, lastAnswer: { payload } });

  it("count a replacement's creation, also right after another", () => {
    const one = holdBy(NONE, call("create", 0), at(0));
    expect(holdBy(one, call("create", 3), at(1)).hooks).toBe(2);
  });

  it("do not count a creation that ran at the same time as its copy", () => {
    const one = holdBy(NONE, call("create", 10), at(0));
    expect(holdBy(one, call("create", 12), at(5)).hooks).toBe(1);
  });

  it("count a deletion once that is sent twice", () => {
    const one = leaveTo({ hooks: 3 }, call("delete", 10), at(9));
    expect(leaveTo(one, call("delete", 11), at(11)).hooks).toBe(2);
    expect(leaveTo(one, call("delete", 30), at(30)).hooks).toBe(1);
    expect(leaveTo(one, call("delete", 11, "another"), at(11)).hooks).toBe(1);
  });

  it("leave the cluster to the hook that replaces them, whose creation was the last call", () => {
    const created = call("create", 0);
    const two = answered(holdBy({ hooks: 1 }, created, at(0)), created);
    expect(two.hooks).toBe(2);
    expect(judgeDeletion(two, "tf", at(14 * 60))).toMatchObject({ kind: "leaves" });
  });

  it.each([
    ["a quarter of an hour", 15 * 60],
    ["an hour, by a function of the release before", 3_600],
    ["half a year", 180 * 24 * 3_600],
  ])("are in doubt if several are counted and the last was created %s before", (_when, seconds) => {
    const created = call("create", 0);
    const two = answered(holdBy({ hooks: 1 }, created, at(0)), created);
    const before = { ...two, heldBy: undefined, formerHooks: undefined };
    for (const head of [two, before])
      expect(judgeDeletion(head, "tf", at(seconds))).toMatchObject({ kind: "doubtful" });
    const undated = { ...two, lastHook: { ...created, at: "" } };
    expect(judgeDeletion(undated, "tf", at(1))).toMatchObject({ kind: "doubtful" });
  });

  it.each([
    ["an update came after the creation", { lastHook: call("create", 0), lastAnswer: { payload: "u" } }],
    ["nothing is known of the last call", {}],
    ["the last answer is not known", { lastHook: call("create", 0) }],
  ])("are in doubt if several are counted and %s", (_when, known) => {
    expect(judgeDeletion({ hooks: 2, ...known }, "tf", at(1))).toMatchObject({
      kind: "doubtful",
      doubt: expect.stringMatching(/counts 2 hooks.*-replace/),
    });
  });

  it.each([
    ["counted once", { hooks: 1 }],
    ["not counted, as the ledger was lost", { hooks: 0 }],
    ["updated by today's functions", holdBy({ hooks: 1 }, call("update", 0), at(0))],
  ])("are the last one if %s", (_when, head) => {
    expect(judgeDeletion(head, "tf", at(1))).toEqual({ kind: "last" });
  });

  it("hold nothing once a named hook has taken their place, whatever was counted", () => {
    for (const hooks of [0, 1, 2, 5]) {
      const head = holdBy({ hooks }, { ...call("create", 0), hook: named(1) }, at(0));
      expect(head.hooks).toBe(1);
      expect(judgeDeletion(head, "tf", at(1))).toMatchObject({ kind: "leaves" });
      expect(judgeDeletion(leaveTo(head, call("delete", 1), at(1)), named(1), at(2))).toEqual({
        kind: "last",
      });
    }
  });
});

describe("named hooks", () => {
  const call = (hook: string, action: HookCall["action"] = "create"): HookCall => ({
    action,
    hook,
    payload: `${action} ${hook}`,
    at: at(0).toISOString(),
  });
  const hold = (head: KnownHooks, hook: string, action: HookCall["action"] = "create") =>
    holdBy(head, call(hook, action), at(0));
  const kind = (head: KnownHooks, hook: string) => judgeDeletion(head, hook, at(0)).kind;

  it("are the last one after Terraform forgot others, however many", () => {
    let head = NONE;
    for (const instance of [1, 2, 3, 4]) head = hold(head, named(instance));
    expect(head.hooks).toBe(1);
    expect(kind(head, named(4))).toBe("last");
  });

  it("leave the cluster to the one that replaced them, also if the deletion is repeated days later", () => {
    const two = hold(hold(NONE, named(1)), named(2));
    expect(kind(two, named(1))).toBe("leaves");
    const one = leaveTo(two, call(named(1), "delete"), at(0));
    expect(kind(one, named(1))).toBe("leaves");
    expect(kind(one, named(2))).toBe("last");
  });

  it("hold the cluster again when they call, as after a restored state", () => {
    const restored = hold(hold(hold(NONE, named(1)), named(2)), named(1), "update");
    expect(kind(restored, named(1))).toBe("last");
    expect(kind(restored, named(2))).toBe("leaves");
  });

  it("do not come back by a late copy of their creation", () => {
    const two = hold(hold(NONE, named(1)), named(2));
    expect(hold(two, named(1))).toEqual(two);
    expect(hold(two, named(2))).toMatchObject({ hooks: 1, heldBy: [named(2)] });
  });

  it.each([
    ["another workspace has one", [named(1), named(2, "prod")], ["default", "prod"]],
    ["two others have one", [named(1, "a"), named(2, "b"), named(3, "c")], ["a", "b", "c"]],
    ["a hook of an older release called later", [named(1), "tf"], ["default", undefined]],
  ])("are in doubt while %s, whichever called last", (_what, hooks, workspaces) => {
    const head = hooks.reduce((known, hook) => hold(known, hook, "update"), NONE);
    for (const hook of hooks) {
      const others = workspaces.filter((_, index) => hooks[index] !== hook);
      const places = others.map(name => (name ? `the workspace ${name}` : "a hook of an older release"));
      expect(judgeDeletion(head, hook, at(0))).toEqual({
        kind: "doubtful",
        doubt: `the cluster is declared in ${places.join(", ")}, too`,
      });
    }
    const left = hooks
      .slice(0, -1)
      .reduce((known, hook) => leaveTo(known, call(hook, "delete"), at(0)), head);
    expect(kind(left, hooks.at(-1)!)).toBe("last");
  });

  it("are in doubt if the ledger knows another hook only, as after a restored table", () => {
    expect(kind(hold(NONE, named(1)), named(2))).toBe("doubtful");
    expect(kind(holdBy(hold(NONE, named(1)), call("tf", "update"), at(0)), named(3))).toBe("doubtful");
  });

  it("are the last one if the ledger knows none", () => {
    expect(kind(NONE, named(1))).toBe("last");
    expect(kind({ hooks: 2 }, named(1))).toBe("last");
  });

  it("hold nothing after the last deletion, and a repeated one makes no hook", () => {
    const gone = holdByNone(hold(NONE, named(1)), call(named(1), "delete"));
    expect(gone).toMatchObject({ hooks: 0, heldBy: [] });
    expect(kind(gone, named(1))).toBe("leaves");
    expect(leaveTo(gone, call(named(1), "delete"), at(0))).toMatchObject({ hooks: 0, heldBy: [] });
    expect(kind(hold(gone, named(1), "update"), named(1))).toBe("last");
  });

  it("are forgotten after twenty others, and are then in doubt, not dropped", () => {
    let head = NONE;
    const many = Array.from({ length: 25 }, (_, n) => named(n % 10, "default").slice(0, -2) + (10 + n));
    for (const hook of many) head = hold(head, hook);
    expect(head.formerHooks).toHaveLength(20);
    expect(kind(head, many[0]!)).toBe("doubtful");
    expect(kind(head, many[20]!)).toBe("leaves");
  });
});
