/** What `z.toJSONSchema` writes, as far as the schemas of this package need it. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** A place for one value: names of fields, `[]` for an item, `{}` for a value of a map, `key` for a key. */
export type Place = readonly string[];
const ITEM = "[]";
const VALUE = "{}";
const KEY = "key";
/** A step into one of several forms: `|2`. */
const isForm = (step: string) => /^\|\d+$/.test(step);
const formOf = (step: string) => Number(step.slice(1));

/** Every place where a schema has a value, and the keys of its maps and objects. */
export function placesOf(schema: JsonSchema, at: Place = []): Place[] {
  const forms = (schema.anyOf ?? []).flatMap((form, index) => placesOf(form, [...at, `|${index}`]));
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, of]) => placesOf(of, [...at, name]));
  const items = schema.items ? placesOf(schema.items, [...at, ITEM]) : [];
  const values = mapOf(schema) ? placesOf(mapOf(schema)!, [...at, VALUE]) : [];
  const keys = schema.properties || mapOf(schema) ? [[...at, KEY]] : [];
  const inner = [...forms, ...fields, ...items, ...values, ...keys];
  return inner.length > 0 ? inner : [at];
}

const mapOf = ({ additionalProperties: of }: JsonSchema) => (typeof of === "object" ? of : undefined);

/** The places, without those that differ from an earlier one in the form alone. */
export const placesOnce = (places: readonly Place[]): Place[] => [
  ...new Map([...places].reverse().map(place => [placeName(place), place])).values(),
];

/** A place as people write it: `grants[].databases[]`. */
export const placeName = (place: Place): string =>
  place
    .filter(step => !isForm(step))
    .join(".")
    .replaceAll(`.${ITEM}`, ITEM);

/**
 * The smallest value of the schema that has the place, with `value` there.
 * @param known values by field, where the schema does not say what is meant; `field{}`: a key of its map
 * @param field whose value it is
 */
export function valueWith(
  schema: JsonSchema,
  place: Place,
  value: unknown,
  known: Known = {},
  field = "",
): unknown {
  const [step, ...rest] = place;
  if (step === undefined) return value;
  const inside = (of: JsonSchema, name = field) => valueWith(of, rest, value, known, name);
  if (isForm(step)) return inside(schema.anyOf![formOf(step)]!);
  if (step === ITEM) return itemsOf(schema, () => inside(schema.items!));
  if (step === VALUE) return mapWith(keyIn(field, known), inside(mapOf(schema)!));
  const base = sampleOf(schema, known) as Record<string, unknown>;
  if (step !== KEY) return { ...base, [step]: inside(schema.properties![step]!, step) };
  const held = mapOf(schema) ? sampleOf(mapOf(schema)!, known) : "x";
  return { ...(schema.properties && base), ...mapWith(String(value), held) };
}

/** A valid value for a place. */
export function sampleAt(schema: JsonSchema, place: Place, known: Known = {}, field = ""): unknown {
  const [step, ...rest] = place;
  const inside = (of: JsonSchema, name = field) => sampleAt(of, rest, known, name);
  if (step === undefined) {
    return fieldOf(field, schema, known);
  }
  if (step === KEY) return keyIn(field, known);
  if (isForm(step)) return inside(schema.anyOf![formOf(step)]!);
  if (step === VALUE) return inside(mapOf(schema)!, `${field}{}{}`);
  if (step !== ITEM) return inside(schema.properties![step]!, step);
  const items = known[field];
  return Array.isArray(items) ? items[0] : inside(schema.items!, "");
}

const keyIn = (field: string, known: Known) => String(known[`${field}{}`] ?? "orders");

/** As many items as the schema needs, at least one. */
const itemsOf = ({ minItems = 1 }: JsonSchema, item: () => unknown): unknown[] =>
  Array.from({ length: Math.max(minItems, 1) }, item);

/** An object with any key, `__proto__` too. */
const mapWith = (key: string, value: unknown) => Object.fromEntries([[key, value]]);

export type Known = Readonly<Record<string, unknown>>;

/** The known value of a field, unless the schema wants a list here and the known one is none. */
const fieldOf = (field: string, schema: JsonSchema, known: Known): unknown =>
  known[field] === undefined || (schema.items && !Array.isArray(known[field]))
    ? sampleOf(schema, known)
    : known[field];

/** A valid value of the schema, with what it requires alone. */
export function sampleOf(schema: JsonSchema, known: Known = {}): unknown {
  if ("const" in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return sampleOf(schema.anyOf[0]!, known);
  if (schema.items) return itemsOf(schema, () => sampleOf(schema.items!, known));
  if (schema.type === "boolean") return true;
  if (schema.type === "integer") return Math.max(schema.minimum ?? 1, 1);
  if (schema.type === "object") {
    if (mapOf(schema)) return { orders: sampleOf(mapOf(schema)!, known) };
    const entry = (name: string) => [name, fieldOf(name, schema.properties![name]!, known)];
    return Object.fromEntries((schema.required ?? []).map(entry));
  }
  if (schema.format === "email") return "ann@example.com";
  if (schema.format === "date-time") return "2027-04-01T00:00:00Z";
  return schema.pattern?.startsWith("^\\/") ? "/CN=x" : "orders";
}

/** Every text in a value, also the keys of objects. */
export function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsOf(inner)]);
}
