import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import type { Construct } from "constructs";
import { templateToParameter } from "../../core/contract/template-parameter";
import { templateNameSchema } from "../../core/events/notifications";
import { encodeName } from "../terraform/address";
import { escapeText } from "../terraform/escape";
import { ValidationError } from "../terraform/validation-error";

/** The largest SSM parameter, and the largest that costs nothing, in bytes. */
const MAX_BYTES = 8192;
const MAX_FREE_BYTES = 4096;

/**
 * Templates of messages as SSM parameters, one for each file of a folder that is named `<event>.<subject|html|text>`.
 * @returns by template name: the parameter that holds it
 */
export function templateParameters(scope: Construct, path: string, folder: string): Record<string, string> {
  const names = readdirSync(folder).filter(name => name !== "README.md" && !name.startsWith("."));
  return Object.fromEntries(
    names.sort().map(name => {
      const checked = templateNameSchema.safeParse(name);
      if (!checked.success)
        throw new ValidationError(
          `\`templates\`: a file must be named ${checked.error.issues[0]!.message}, got: ${name}`,
          scope,
        );
      return [name, templateParameter(scope, path, name, readFileSync(join(folder, name), "utf8"))];
    }),
  );
}

function templateParameter(scope: Construct, path: string, name: string, template: string): string {
  const refuse = (message: string): never => {
    throw new ValidationError(`\`templates\`: ${name} ${message}`, scope);
  };
  if (template.trim() === "") refuse("is empty");
  // Else what users wrote could become markup of the mail.
  if (/\{\{\{|\{\{\s*&/.test(template))
    refuse("holds an unescaped tag ({{{...}}} or {{& ...}}): write {{...}}");
  if (/\{\{\s*[>=]/.test(template))
    refuse("holds a partial or other delimiters ({{> ...}} or {{= ...}}), which are not supported");
  const value = templateToParameter(template.normalize("NFC"));
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_BYTES) refuse(`must not be larger than ${MAX_BYTES} bytes as JSON text, and has ${bytes}`);
  const parameter = new SsmParameter(scope, `Template-${name}`, {
    name: `${path}/templates/${name}`,
    description: "A template of messages, instead of the one that ships",
    type: "String",
    ...(bytes > MAX_FREE_BYTES ? { tier: "Advanced" } : {}),
    insecureValue: escapeText(value, name, scope),
  });
  parameter.overrideLogicalId(encodeName(`${path.slice(1)}-${name}`));
  return `${path}/templates/${name}`;
}
