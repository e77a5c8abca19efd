import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./project";

const textOf = (...path: string[]) => readFileSync(join(ROOT, ...path), "utf8");

describe("docs/applications.md", () => {
  it("has the code that scripts/try-clients.ts runs, driver by driver, and no other code", () => {
    const page = textOf("docs", "applications.md");
    const blocks = [...page.matchAll(/^```\w+\n([\s\S]*?)^```/gm)].map(([, code]) => code);
    const files = [
      ["node", "pool.ts"],
      ["python", "pymysql_pool.py"],
      ["python", "connector_pool.py"],
      ["java", "Orders.java"],
      ["go", "pool.go"],
    ].map(path => textOf("examples", "clients", ...path));
    expect(blocks).toEqual(files);
  });
});
