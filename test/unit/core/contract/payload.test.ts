import { namedPayload } from "../../../../core/contract/payload";

const UUID = "0123abcd-0000-4000-8000-000000000001";
const tf = { action: "delete", prev_input: null };

describe("the name of a hook in its payload", () => {
  it.each(["default", "prod", "team-a.prod_2", "x".repeat(128)])("is read in the workspace %s", workspace => {
    const hook = `tf/${workspace}/${UUID}`;
    expect(namedPayload({ cluster: "orders", [hook]: tf })).toEqual({ cluster: "orders", hook, tf });
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
    expect(namedPayload(payload)).toBe(payload);
  });
});
