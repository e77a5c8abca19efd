import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JSON_SCHEMA_NAMES, jsonSchemaText } from "../core/users";

/** Writes the JSON schemas that the first line of every users file names. `--check` writes nothing and fails when one is stale. */
const folder = join(__dirname, "..", "schemas");
const check = process.argv.includes("--check");
const read = (path: string) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

mkdirSync(folder, { recursive: true });
for (const name of JSON_SCHEMA_NAMES) {
  const file = `${name}.schema.json`;
  if (read(join(folder, file)) === jsonSchemaText(name)) continue;
  if (check) {
    console.error(`schemas/${file} is stale: run scripts/generate-schemas.ts`);
    process.exitCode = 1;
  } else {
    writeFileSync(join(folder, file), jsonSchemaText(name));
    console.log(`schemas/${file}`);
  }
}
