import { remembered, rememberedOf } from "../../../core/remembered";

const counting = (most?: number) => {
  const texts: string[] = [];
  const read = remembered((text: string) => {
    texts.push(text);
    return text === "" ? undefined : [text];
  }, most);
  return { read, texts };
};

describe("remembered", () => {
  it("reads each text once, and gives the same result again", () => {
    const { read, texts } = counting();
    const first = read("SELECT");
    expect([read("SELECT"), read("INSERT"), read("SELECT")]).toEqual([["SELECT"], ["INSERT"], ["SELECT"]]);
    expect(read("SELECT")).toBe(first);
    expect(texts).toEqual(["SELECT", "INSERT"]);
  });

  it("keeps no more results than it may", () => {
    const { read, texts } = counting(2);
    for (const text of ["a", "b", "c", "c", "a"]) expect(read(text)).toEqual([text]);
    expect(texts).toEqual(["a", "b", "c", "a"]);
  });

  it("gives no result where there is none", () => {
    const { read } = counting();
    expect([read(""), read("")]).toEqual([undefined, undefined]);
  });
});

test("of a list, the result is made once", () => {
  let made = 0;
  const sorted = rememberedOf((list: readonly string[]) => {
    made++;
    return [...list].sort();
  });
  const list = ["b", "a"];
  expect([sorted(list), sorted(list), sorted(["b", "a"])]).toEqual(Array(3).fill(["a", "b"]));
  expect(made).toBe(2);
});
