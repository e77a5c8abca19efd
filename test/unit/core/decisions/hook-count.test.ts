import { countHook, wasCounted } from "../../../../core/decisions/hook-count";

describe("hooks", () => {
  const at = (seconds: number) => new Date(Date.UTC(2027, 0, 1, 0, 0, seconds));
  const call = (action: "create" | "delete", seconds: number, payload = "p") => ({
    action,
    payload,
    at: at(seconds).toISOString(),
  });
  const none = { hooks: 0 };

  it("count a replacement's creation, also right after another", () => {
    const one = countHook(none, call("create", 0), at(0));
    expect(countHook(one, call("create", 3), at(1)).hooks).toBe(2);
  });

  it("do not count a creation that ran at the same time as its copy", () => {
    const one = countHook(none, call("create", 10), at(0));
    expect(countHook(one, call("create", 12), at(5)).hooks).toBe(1);
  });

  it("count a deletion once that is sent twice", () => {
    const one = countHook({ ...none, hooks: 2 }, call("delete", 10), at(9));
    expect(wasCounted(one, call("delete", 11), at(11))).toBe(true);
    expect(countHook(one, call("delete", 11), at(11)).hooks).toBe(1);
    expect(countHook(one, call("delete", 30), at(30)).hooks).toBe(0);
    expect(countHook(one, call("delete", 11, "another"), at(11)).hooks).toBe(0);
  });

  it("are never fewer than none", () => {
    expect(countHook(none, call("delete", 0), at(0)).hooks).toBe(0);
  });
});
