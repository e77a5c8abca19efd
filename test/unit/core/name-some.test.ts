import { nameSome } from "../../../core/name-some";

it("a list names some accounts, each once", () => {
  expect(nameSome(["a", "b", "a"])).toBe("a, b");
  expect(nameSome(["a", "b", "c"], 2)).toBe("a, b and 1 more");
});
