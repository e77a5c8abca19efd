import fc from "fast-check";
import { editDistance, nearest } from "../../../../core/users/nearest";

const word = fc.string({ unit: "grapheme", maxLength: 12 });

describe("the nearest name", () => {
  test.each([
    ["raed", "read"],
    ["READ", "read"],
    ["wirte", "write"],
    ["readwrite", "read_write"],
    ["x", undefined],
    ["superuser", undefined],
    ["", undefined],
  ])("to %j is %j", (text, expected) => {
    expect(nearest(text, ["read", "write", "read_write", "admin"])).toBe(expected);
  });

  test("is the first of several equally near", () => {
    expect(nearest("cat", ["bat", "rat"])).toBe("bat");
  });

  test("is the name itself if it exists", () => {
    fc.assert(
      fc.property(
        word.filter(text => text !== ""),
        fc.array(word),
        (text, others) => {
          const lower = text.toLowerCase();
          expect(nearest(lower, [...others, lower])?.toLowerCase()).toBe(lower);
        },
      ),
    );
  });

  test("has a distance that is symmetric, and zero only between equal texts", () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max([...a].length, [...b].length));
      }),
    );
  });

  test("is fast for very long text", () => {
    expect(nearest("x".repeat(1_000_000), ["read"])).toBeUndefined();
  });
});
