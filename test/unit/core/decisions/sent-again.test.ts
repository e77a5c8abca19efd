import { sentAgain } from "../../../../core/decisions/sent-again";

describe("sentAgain", () => {
  const at = (seconds: number) => new Date(Date.UTC(2027, 0, 1) + seconds * 1_000);
  const lastAnswer = { payload: "p", at: at(0).toISOString(), statements: 3, message: "done" };

  it.each([
    ["began before the call had ended", "update", "p", -200, 1],
    ["began right after it", "update", "p", 1, 1],
    ["began when the provider noticed the dead connection", "create", "p", 590, 1],
    ["is the deletion of the last hook", "delete", "p", 590, 0],
    ["is the deletion of one hook of several, and began before it had ended", "delete", "p", -1, 1],
    ["is the same, right after", "delete", "p", 1.5, 1],
  ] as const)("finds the answer of a copy that %s", (_when, action, payload, seconds, hooks) => {
    expect(sentAgain({ hooks, lastAnswer }, { action, hook: "tf", payload, startedAt: at(seconds) })).toBe(
      lastAnswer,
    );
  });

  it.each([
    ["another payload", "update", "q", 0, 1],
    ["the same payload, too late", "update", "p", 601, 1],
    ["the same payload of an old state", "create", "p", 3 * 86_400, 1],
    ["the deletion of the other hook, which has the same payload", "delete", "p", 3, 1],
    ["a deletion days later", "delete", "p", 3 * 86_400, 0],
  ] as const)("finds none for %s", (_what, action, payload, seconds, hooks) => {
    expect(
      sentAgain({ hooks, lastAnswer }, { action, hook: "tf", payload, startedAt: at(seconds) }),
    ).toBeUndefined();
  });

  it("finds none before the first call has ended", () => {
    expect(
      sentAgain({ hooks: 0 }, { action: "create", hook: "tf", payload: "p", startedAt: at(0) }),
    ).toBeUndefined();
  });
});
