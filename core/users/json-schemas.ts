import * as z from "zod";
import { projectsFileSchema } from "./projects-file-schema";
import { rolesFileSchema } from "./roles-file-schema";
import { rulesFileSchema } from "./rules-file-schema";
import { settingsFileSchema } from "./settings-file-schema";
import { teamsFileSchema } from "./teams/teams-file-schema";
import { userFileSchema } from "./user-file-schema";

const schemas = {
  user: userFileSchema,
  roles: rolesFileSchema,
  projects: projectsFileSchema,
  rules: rulesFileSchema,
  settings: settingsFileSchema,
  teams: teamsFileSchema,
};

/** The kinds of files that have a schema, in the order of lists. */
export const JSON_SCHEMA_NAMES = ["user", "roles", "projects", "rules", "settings", "teams"] as const;
export type JsonSchemaName = (typeof JSON_SCHEMA_NAMES)[number];

/**
 * The JSON schema (draft 7, which editors' YAML plug-ins know best) of one kind of file, as text that ends
 * with a line break.
 */
export const jsonSchemaText = (name: JsonSchemaName): string =>
  `${JSON.stringify(z.toJSONSchema(schemas[name], { io: "input", target: "draft-7" }), null, 2)}\n`;
