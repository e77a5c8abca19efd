import Ajv from "ajv";
import { parse } from "yaml";
import { jsonSchemaText } from "../../../../core/users";
import { belowFieldRows, fieldRows, fileOf } from "../../../support/fields-table";

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
}
const schema = JSON.parse(jsonSchemaText("user")) as Schema;

/** The names of all fields of a file of a user, at any depth. */
const fieldsOf = ({ anyOf = [], items, properties = {} }: Schema): string[] => [
  ...Object.entries(properties).flatMap(([name, member]) => [name, ...fieldsOf(member)]),
  ...(items ? fieldsOf(items) : []),
  ...anyOf.flatMap(fieldsOf),
];

/** The values of all fields that have a list of them: `kind: agent`. */
const valuesOf = ({ anyOf = [], items, properties = {} }: Schema): string[] => [
  ...Object.entries(properties).flatMap(([name, member]) => [
    ...[member, ...(member.anyOf ?? [])].flatMap(one => (one.enum ?? []).map(value => `${name}: ${value}`)),
    ...valuesOf(member),
  ]),
  ...(items ? valuesOf(items) : []),
  ...anyOf.flatMap(valuesOf),
];

describe("the table of fields in docs/users.md", () => {
  const rows = fieldRows();

  it("has each field of a user's file, or the text below it has", () => {
    const written = rows.map(row => row.written).join(", ");
    const isSaid = (name: string) =>
      new RegExp(`\\b${name}:`).test(written) || belowFieldRows().includes(`\`${name}\``);
    expect([...new Set(fieldsOf(schema))].filter(name => !isSaid(name))).toEqual([]);
  });

  it("has each value of a field that has a list of them, or the text below it has", () => {
    const values = [...new Set(valuesOf(schema))];
    expect(values).toEqual(expect.arrayContaining(["kind: agent", "login: existing", "tls: ssl"]));
    const written = rows.flatMap(row => row.written.split(", "));
    expect(values.filter(one => !written.includes(one) && !belowFieldRows().includes(`\`${one}\``))).toEqual(
      [],
    );
  });

  it.each(rows.map(row => [row.written, row] as const))("the JSON schema accepts: %s", (_, row) => {
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    const file = parse(fileOf(row)) as { kind?: string };
    expect({ valid: validate(file), errors: validate.errors }).toEqual({ valid: true, errors: null });
    expect(validate({ ...file, unknown: 1 })).toBe(false);
  });
});
