import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { DEFAULT_CEILING } from "../../../../core/roster/ceiling";
import { defaultRoles, JSON_SCHEMA_NAMES, jsonSchemaText } from "../../../../core/users";
import { readUsers } from "../../../../reader";
import { NOW } from "../../reader/users-of";

const root = join(__dirname, "..", "..", "..", "..");
const users = join(root, "users");

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Record<string, JsonSchema>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** Paths of fields without a description. */
const undescribed = (schema: JsonSchema, path: string): string[] => [
  ...(schema.description || path.endsWith("|") ? [] : [path]),
  ...Object.entries(schema.properties ?? {}).flatMap(([key, member]) =>
    undescribed(member, `${path}.${key}`),
  ),
  ...(typeof schema.additionalProperties === "object"
    ? undescribed(schema.additionalProperties, `${path}.*`)
    : []),
  ...(schema.items ? undescribed(schema.items, schema.items.anyOf ? `${path}|` : `${path}[]`) : []),
  ...(schema.anyOf ?? []).flatMap(option => undescribed(option, `${path}`)),
];

describe("shipped files", () => {
  test.each(JSON_SCHEMA_NAMES)(
    "schemas/%s.schema.json matches the zod schema (run scripts/generate-schemas.ts)",
    name => {
      expect(readFileSync(join(root, "schemas", `${name}.schema.json`), "utf8")).toBe(jsonSchemaText(name));
    },
  );

  test.each(JSON_SCHEMA_NAMES)("schemas/%s.schema.json describes every field", name => {
    const described = undescribed(JSON.parse(jsonSchemaText(name)) as JsonSchema, name).filter(
      path => !/\.roles\.\*\.privileges\[\]$/.test(path),
    );
    expect(described).toEqual([]);
  });

  test("each sample names an existing schema in its first line", () => {
    const kinds = readdirSync(users).map(file => {
      const [, schema] =
        /^# yaml-language-server: \$schema=(.+)\n/.exec(readFileSync(join(users, file), "utf8")) ?? [];
      expect(existsSync(join(users, schema!))).toBe(true);
      const special = ["roles", "projects", "settings"].find(name => file === `${name}.yaml`);
      return [schema, `../schemas/${special ?? "user"}.schema.json`];
    });
    for (const [named, expected] of kinds) expect(named).toBe(expected);
  });

  test("the sample is a company of eight people and two services, without problem or warning", () => {
    const found = readUsers(users).assemble({
      clusters: { orders: { ceiling: DEFAULT_CEILING }, payments: { ceiling: DEFAULT_CEILING } },
      now: NOW,
    });
    expect(found.warnings).toEqual([]);
    expect(found.users.map(({ kind }) => kind).sort()).toEqual([
      ...Array<string>(8).fill("person"),
      "service",
      "service",
    ]);
    expect(Object.keys(found.rosters)).toEqual(["orders", "payments"]);
  });

  test("roles.yaml has the default roles, and an owner of one", () => {
    const { admin, ...roles } = parse(readFileSync(join(users, "roles.yaml"), "utf8"));
    const { owner, ...rest } = admin;
    expect({ ...roles, admin: rest }).toEqual(defaultRoles);
    expect(owner.email).toBe("tomasz.zielinski@example.com");
  });
});
