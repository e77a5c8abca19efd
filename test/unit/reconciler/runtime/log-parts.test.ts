import { logParts } from "../../../../lambdas/reconciler/runtime/log-parts";

it("a list that is only logged is logged whole, in lines that CloudWatch accepts", () => {
  const accounts = Array.from({ length: 200 }, (_, i) => `'sl_somebody.with.a.name.${i}'@'%'`).join(", ");
  const statements = Array.from({ length: 50 }, (_, i) =>
    JSON.stringify({ sql: `DROP USER ${accounts}`, at: i }),
  );
  const lines = logParts(statements);
  expect(lines.flatMap(({ items }) => items)).toEqual(statements);
  expect(lines.every(line => Buffer.byteLength(JSON.stringify(line)) < 256_000)).toBe(true);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.at(-1)).toMatchObject({ numbered: { part: lines.length, parts: lines.length } });
  expect(logParts([])).toEqual([{ items: [], numbered: {} }]);
});
