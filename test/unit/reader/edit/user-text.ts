import fc from "fast-check";
import { defined } from "../../../../core/json";

/** A user file as a text, and what it says, which is known without parsing it. */
export interface GeneratedFile {
  readonly text: string;
  readonly content: { readonly [key: string]: unknown; readonly grants?: GeneratedGrant[] };
  readonly hasAnchors: boolean;
}

export type GeneratedGrant = Record<string, unknown>;

/** Texts that YAML would read as something else, or that end a scalar, a list or a line of SQL. */
export const HOSTILE = [
  "yes",
  "null",
  "~",
  "1e3",
  "0x1f",
  "2027-03-31",
  "a: b",
  "a #b",
  "# c",
  "it's",
  'say "x"',
  "[x",
  "x]",
  "{x",
  "x}, {y",
  "- x",
  "? x",
  "&a",
  "*a",
  "!t",
  "%x",
  "@x",
  "`x`",
  "back\\slash",
  "trailing ",
  " leading",
  "é 漢 🙂",
  "\u202eright",
  "x,y",
  "|",
  ">-",
  "",
  "<<",
  "INC-1",
];

const quote = (value: string, style: number): string =>
  style === 0 && /^[\w.][\w.-]*$/.test(value) && !/^(null|true|false|[\d.]+)$/.test(value)
    ? value
    : style === 1
      ? `'${value.replaceAll("'", "''")}'`
      : JSON.stringify(value);

/** Unique names, so that a test sees what of a text is gone. */
interface GrantPlan {
  readonly id: number;
  readonly isFlow: boolean;
  readonly databases: number;
  readonly databasesBlock: boolean;
  readonly keys: readonly ("role" | "expires" | "reason")[];
  readonly styles: readonly number[];
  readonly comments: readonly boolean[];
  readonly folded: boolean;
}

const grantPlan = fc.record({
  isFlow: fc.boolean(),
  databases: fc.integer({ min: 1, max: 3 }),
  databasesBlock: fc.boolean(),
  keys: fc.shuffledSubarray(["role", "expires", "reason"] as const, { minLength: 1 }),
  styles: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 6, maxLength: 6 }),
  comments: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  folded: fc.integer({ min: 0, max: 9 }).map(n => n === 0),
});

function contentOf({ databases, id, keys }: GrantPlan): GeneratedGrant {
  const values = { role: `role${id}`, expires: `2027-01-${10 + id}`, reason: `why it's ${id}: #${id}` };
  return {
    cluster: `cluster${id}`,
    databases: Array.from({ length: databases }, (_, n) => `db${id}x${n}`),
    ...Object.fromEntries(keys.map(key => [key, values[key]])),
  };
}

const flowList = (names: readonly string[], style: number): string =>
  `[${names.map(name => quote(name, style)).join(style === 0 ? "," : ", ")}]`;

function flowItem(plan: GrantPlan, isJson: boolean): string {
  const { cluster, databases, ...terms } = contentOf(plan);
  const style = (n: number) => (isJson ? 2 : (plan.styles[n] ?? 0));
  const key = (name: string) => (isJson ? JSON.stringify(name) : name);
  const parts = [
    `${key("cluster")}: ${quote(String(cluster), style(0))}`,
    `${key("databases")}: ${flowList(databases as string[], style(1))}`,
    ...Object.entries(terms).map(([name, value], n) => `${key(name)}: ${quote(String(value), style(n + 2))}`),
  ];
  return plan.styles[5] === 1 ? `{ ${parts.join(", ")} }` : `{${parts.join(",  ")}}`;
}

function blockItem(plan: GrantPlan, indent: string, gap: string): string[] {
  const { cluster, databases, ...terms } = contentOf(plan);
  const { comments, databasesBlock, folded, id, styles } = plan;
  const inner = `${indent} ${" ".repeat(gap.length)}`;
  const after = (n: number) => (comments[n] ? ` # inside${id}n${n}` : "");
  const lines = [`${indent}-${gap}cluster: ${quote(String(cluster), styles[0] ?? 0)}${after(0)}`];
  if (databasesBlock) {
    lines.push(`${inner}databases:${after(1)}`);
    for (const name of databases as string[]) lines.push(`${inner}  - ${quote(name, styles[1] ?? 0)}`);
  } else lines.push(`${inner}databases: ${flowList(databases as string[], styles[1] ?? 0)}${after(1)}`);
  if (comments[2]) lines.push(`${inner}# inside${id}n2`);
  for (const [n, [name, value]] of Object.entries(terms).entries()) {
    if (name === "reason" && folded) lines.push(`${inner}reason: >-`, `${inner}  ${value}`);
    else lines.push(`${inner}${name}: ${quote(String(value), styles[n + 2] ?? 0)}${after(n + 3)}`);
  }
  if (comments[7]) lines.push(`${inner}# inside${id}n7`);
  return lines;
}

type ListStyle = "block" | "flow-line" | "flow-lines" | "missing" | "null" | "empty" | "json";

const fileShape = fc.record({
  list: fc.constantFrom<ListStyle>(
    "block",
    "block",
    "block",
    "flow-line",
    "flow-lines",
    "null",
    "empty",
    "json",
  ),
  plans: fc.array(grantPlan, { minLength: 1, maxLength: 4 }),
  indent: fc.constantFrom("", "  ", "    "),
  gap: fc.constantFrom(" ", "   "),
  eol: fc.constantFrom("\n", "\r\n"),
  bom: fc.boolean(),
  isOpen: fc.boolean(),
  blank: fc.boolean(),
  outside: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  start: fc.boolean(),
  last: fc.boolean(),
  comma: fc.boolean(),
  suspended: fc.boolean(),
  anchor: fc.constantFrom("none", "none", "none", "scalar", "item"),
});

/** Files of all styles that people write: quotes, comments, line ends, byte order marks, anchors. */
export const generatedFile: fc.Arbitrary<GeneratedFile> = fileShape.map(shape => {
  const { bom, eol, isOpen, list, suspended } = shape;
  const isEmpty = list === "null" || list === "empty";
  const plans = isEmpty ? [] : shape.plans.map((plan, id) => ({ ...plan, id }));
  const anchor = list === "block" && plans.length > 1 ? shape.anchor : "none";
  const grants: GeneratedGrant[] | null = list === "null" ? null : plans.map(contentOf);
  if (anchor === "item" && grants) grants.push(structuredClone(grants[0]!));
  if (anchor === "scalar" && grants) for (const grant of grants.slice(0, 2)) grant["cluster"] = "cluster0";
  const content = {
    name: "Jane: Doe",
    email: "jane@example.com",
    grants,
    ...defined({
      suspended: suspended || undefined,
      limits: shape.last && list !== "json" ? { "max-connections": 3 } : undefined,
    }),
  };
  const lines = list === "json" ? jsonLines(plans, suspended) : yamlLines({ ...shape, anchor }, plans);
  const text = (bom ? "\uFEFF" : "") + lines.join(eol) + (isOpen ? "" : eol);
  return { text, content: content as GeneratedFile["content"], hasAnchors: anchor !== "none" };
});

function jsonLines(plans: readonly GrantPlan[], suspended: boolean): string[] {
  const items = plans.map((plan, n) => `    ${flowItem(plan, true)}${n < plans.length - 1 ? "," : ""}`);
  return [
    "{",
    '  "name": "Jane: Doe", "email": "jane@example.com",',
    ...(suspended ? ['  "suspended": true,'] : []),
    '  "grants": [',
    ...items,
    "  ]",
    "}",
  ];
}

type Shape = Parameters<Parameters<typeof fileShape.map>[0]>[0];

function yamlLines(shape: Shape, plans: readonly GrantPlan[]): string[] {
  const { anchor, blank, comma, gap, indent, last, list, outside, start, suspended } = shape;
  const comment = (n: number, before = "") => (outside[n] ? [`${before}# outside${n}`] : []);
  const lines = [...comment(0), ...(start ? ["---"] : []), ...comment(1)];
  lines.push('name: "Jane: Doe" # the name', "email:   'jane@example.com'", ...comment(2));
  if (suspended) lines.push("suspended: true");
  const end = outside[3] ? " # outside3" : "";
  if (list === "null") lines.push(`grants:${end}`);
  else if (list === "empty") lines.push(`grants: []${end}`);
  else if (list === "flow-line")
    lines.push(`grants: [${plans.map(plan => flowItem(plan, false)).join(", ")}]${end}`);
  else if (list === "flow-lines") {
    lines.push("grants: [");
    for (const [n, plan] of plans.entries()) {
      lines.push(...comment(4 + (n % 2), "  "));
      lines.push(
        `  ${flowItem(plan, false)}${n < plans.length - 1 || comma ? "," : ""}${end && n === 0 ? " # inside0n9" : ""}`,
      );
    }
    lines.push("]");
  } else {
    lines.push(`grants:${end}`);
    for (const [n, plan] of plans.entries()) {
      if (blank && n > 0) lines.push("");
      lines.push(...comment(4 + (n % 2), indent));
      const item = plan.isFlow ? [`${indent}-${gap}${flowItem(plan, false)}`] : blockItem(plan, indent, gap);
      lines.push(...(n < 2 && anchor !== "none" ? withAnchor(item, anchor, n) : item));
    }
    if (anchor === "item") lines.push(`${indent}-${gap}*it`);
  }
  if (last) lines.push(...(blank ? [""] : []), ...comment(6), "limits:", "  max-connections: 3");
  lines.push(...comment(7));
  return lines;
}

/** The first item with an anchor: of the whole item, or of its cluster, which the second one repeats. */
function withAnchor(lines: readonly string[], anchor: string, index: number): string[] {
  const [first = "", ...more] = lines;
  if (anchor === "item") {
    if (index > 0) return [...lines];
    const [, dash = "", rest = ""] = /^( *-)( *.*)$/.exec(first) ?? [];
    const isFlow = rest.trim().startsWith("{");
    const inner = dash.replace("-", " ") + rest;
    return isFlow ? [`${dash} &it${rest}`, ...more] : [`${dash} &it`, inner, ...more];
  }
  const cluster = /(cluster: )(["']?\w+["']?)/;
  return [first.replace(cluster, index === 0 ? "$1&cl $2" : "$1*cl "), ...more];
}
