import { parsePlace } from "../../../../core/reach/place";

describe("a place that is asked about", () => {
  it.each([
    ["orders", { database: "orders" }],
    ["orders.customers", { database: "orders", table: "customers" }],
    ["orders.a.b", { database: "orders", table: "a.b" }],
    ["`a.b`.`c``d`", { database: "a.b", table: "c`d" }],
    ["`a.b`.c", { database: "a.b", table: "c" }],
  ])("%s", (text, place) => {
    expect(parsePlace(text)).toEqual(place);
  });

  it.each(["", ".", ".t", "a.", "`a", "a.`b", "`a`b"])("is not %j", text => {
    expect(parsePlace(text)).toBeUndefined();
  });
});
