import { MAX_DOCUMENT_GRANTS, parseSourceDocument } from "../../../../core/source";

it("a short document with more grants than a function can hold is refused", () => {
  const source = {
    name: "shop/prod",
    databases: Array.from({ length: 100 }, (_, i) => `db_${i}`),
    roles: { read: ["SELECT" as const] },
  };
  const users = Array.from({ length: MAX_DOCUMENT_GRANTS / 100 + 1 }, (_, i) => ({
    name: `u${i}`,
    role: "read",
  }));
  const parse = (given: readonly object[]) =>
    parseSourceDocument(JSON.stringify({ users: given }), { source, prefix: "sl" });
  expect(parse(users)).toEqual({
    problems: [
      `the document comes to 50100 grants (users times databases); ${MAX_DOCUMENT_GRANTS} are accepted at most`,
    ],
  });
  expect(parse(users.slice(1))).toHaveProperty("roster");
  expect(parse(users.map(user => ({ ...user, databases: ["db_1"] })))).toHaveProperty("roster");
});
