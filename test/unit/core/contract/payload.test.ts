import { applyRequestSchema, namedPayload } from "../../../../core/contract/payload";
import { EMPTY_ROSTER } from "../../../../core/roster/roster";

const UUID = "0123abcd-0000-4000-8000-000000000001";
const SET = {
  status: "none",
  statements: {},
  notes: [],
  plannedAt: "2027-01-01T00:00:00Z",
  plannedBy: "ann",
};
const tf = { action: "delete", prev_input: null };

describe("the name of a hook in its payload", () => {
  it.each(["default", "prod", "team-a.prod_2", "x".repeat(128)])("is read in the workspace %s", workspace => {
    const hook = `tf/${workspace}/${UUID}`;
    expect(namedPayload({ cluster: "orders", [hook]: tf })).toEqual({
      hook,
      request: { cluster: "orders", tf },
    });
  });

  it.each([
    ["a payload of an older release", { cluster: "orders", tf }],
    ["one that has `tf` and a name", { tf, [`tf/default/${UUID}`]: tf }],
    ["another key", { cluster: "orders", [`tf/a/b/${UUID}`]: tf }],
    ["a name without a UUID", { cluster: "orders", "tf/default/1": tf }],
    ["a workspace with a line break", { cluster: "orders", [`tf/a\nb/${UUID}`]: tf }],
    ["what is no object", "text"],
    ["nothing", null],
  ])("is not looked for in %s", (_what, payload) => {
    expect(namedPayload(payload)).toEqual({ request: payload });
  });

  const key = `tf/default/${UUID}`;
  const sent = {
    protocol: 1,
    action: "apply",
    cluster: "orders",
    owner: "stack",
    adopt: false,
    roster: EMPTY_ROSTER,
    gate: "gate-1",
    removalPolicy: "protect",
    changeSet: { "cs-1": SET },
  };
  it.each([
    ["next to `tf`", { tf, hook: key }],
    ["next to another name", { [key]: tf, hook: `tf/prod/${UUID}` }],
    ["that is no name", { tf, hook: "tf" }],
    ["that is empty", { [key]: tf, hook: null }],
  ])("is refused in a member of its own %s", (_what, members) => {
    expect(applyRequestSchema.safeParse(namedPayload({ ...sent, [key]: tf }).request).success).toBe(true);
    const { error } = applyRequestSchema.safeParse(namedPayload({ ...sent, ...members }).request);
    expect(error?.issues).toMatchObject([{ code: "unrecognized_keys", keys: ["hook"] }]);
  });
});
