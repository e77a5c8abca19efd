import { nameSome, sentences } from "../../../core/name-some";

it("a list names some accounts, each once", () => {
  expect(nameSome(["a", "b", "a"])).toBe("a, b");
  expect(nameSome(["a", "b", "c"], 2)).toBe("a, b and 1 more");
});

it("reasons are sentences, also if they do not end like one", () => {
  expect(sentences(["It is locked", "Is it?", "It is locked"])).toBe("It is locked. Is it?");
  expect(sentences(["One.", "Two, and more.", "Three."], 2)).toBe("One. Two, and more. And 1 more.");
});
