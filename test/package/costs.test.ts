import { readFileSync } from "node:fs";
import { join } from "node:path";
import { costTable } from "../../scripts/cost/cost-table";

const ROOT = join(__dirname, "../..");
const text = readFileSync(join(ROOT, "docs/operations.md"), "utf8");

it("docs/operations.md has the costs that were counted, with the prices' date", () => {
  const [table, endpoints] = costTable().split("\n\n");
  expect(text).toContain(table);
  expect(text).toContain(`seven interface endpoints in one zone (${endpoints!.split(": ")[1]})`);
  const prices = JSON.parse(readFileSync(join(ROOT, "scripts/prices.json"), "utf8"));
  expect(text).toContain(`as known on ${prices["as known on"]}`);
});
