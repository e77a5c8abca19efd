import { JSON_SCHEMA_NAMES, jsonSchemaText } from "../../core/users";
import { nearestHint } from "../../core/users/nearest";
import type { Command } from "../terminal/command";
import { UsageError } from "../terminal/errors";

/** `aurora-users schema`: prints a JSON schema, by which editors check and complete users files. */
export const schema: Command = {
  name: "schema",
  summary: "print the JSON schema of a kind of users file",
  details: "Name it in a file's first line: # yaml-language-server: $schema=<path>",
  positionals: [{ shown: "[name]", summary: `one of ${JSON_SCHEMA_NAMES.join(", ")} (default: list them)` }],
  options: {},
  run(args, io) {
    const wanted = args.at(0);
    if (wanted === undefined) {
      for (const name of JSON_SCHEMA_NAMES) io.out(name);
      return 0;
    }
    const name = JSON_SCHEMA_NAMES.find(known => known === wanted);
    if (!name)
      throw new UsageError(`there is no schema "${wanted}"; ${nearestHint(wanted, JSON_SCHEMA_NAMES, "")}`);
    io.out(jsonSchemaText(name).trimEnd());
    return 0;
  },
};
