import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { summarySchemaText } from "../core/summary/summary";
import { JSON_SCHEMA_NAMES, jsonSchemaText } from "../core/users";
import { eventSchemas, sourceDocumentSchemaText } from "./json-schemas";

/**
 * Writes the JSON schemas: of users files (each file names its schema in its first line), of the events'
 * details, and of documents in Parameter Store. `--check` writes nothing, and fails if a schema is stale or
 * no longer generated.
 */
const folder = join(__dirname, "..", "schemas");
const check = process.argv.includes("--check");
const read = (path: string) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};
const complain = (message: string) => {
  console.error(`${message}: run scripts/generate-schemas.ts`);
  process.exitCode = 1;
};

const schemas: Readonly<Record<string, string>> = {
  ...Object.fromEntries(JSON_SCHEMA_NAMES.map(name => [`${name}.schema.json`, jsonSchemaText(name)])),
  ...Object.fromEntries(eventSchemas().map(({ type, text }) => [`events/${type}.schema.json`, text])),
  "source-document.schema.json": sourceDocumentSchemaText(),
  "summary.schema.json": summarySchemaText(),
};

for (const [file, text] of Object.entries(schemas)) {
  const path = join(folder, file);
  if (read(path) === text) continue;
  if (check) complain(`schemas/${file} is stale`);
  else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`schemas/${file}`);
  }
}
const known = new Set(Object.keys(schemas));
const there = readdirSync(folder, { recursive: true, encoding: "utf8" }).map(file =>
  file.replaceAll("\\", "/"),
);
for (const file of there.filter(name => name.endsWith(".json") && !known.has(name)))
  if (check) complain(`schemas/${file} is not generated any more; delete it`);
  else console.log(`schemas/${file} is not generated any more; delete it`);
