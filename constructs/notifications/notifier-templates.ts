import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import type { Construct } from "constructs";
import { templateToParameter } from "../../core/contract/template-parameter";
import { templateNameSchema } from "../../core/events/notifications";
import { templateFault } from "../../core/events/template-fault";
import { encodeName, resource } from "../terraform/address";
import { escapeText } from "../terraform/escape";
import { MAX_PARAMETER_BYTES, parameterTier } from "../terraform/json-parameter";
import { ValidationError } from "../terraform/validation-error";

/**
 * Makes an SSM parameter for each message template of a folder. The files are named
 * `<event>.<subject|html|text>`.
 * @returns the names of the parameters, by template name
 * @throws ValidationError if a file has another name, or a template is empty, unsafe or too large
 */
export function templateParameters(scope: Construct, path: string, folder: string): Record<string, string> {
  const names = readdirSync(folder).filter(name => name !== "README.md" && !name.startsWith("."));
  return Object.fromEntries(
    names.sort().map(name => {
      const checked = templateNameSchema.safeParse(name);
      if (!checked.success)
        throw new ValidationError(
          `\`templates\` must hold files named ${checked.error.issues[0]!.message}, got: ${name}`,
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
  // Text of users must never become markup of a mail.
  if (/\{\{\{|\{\{\s*&/.test(template))
    refuse("holds an unescaped tag ({{{...}}} or {{& ...}}): write {{...}}");
  if (/\{\{\s*[>=]/.test(template))
    refuse("holds a partial or other delimiters ({{> ...}} or {{= ...}}), which are not supported");
  const fault = templateFault(template);
  if (fault !== undefined) refuse(`cannot be used: ${fault}`);
  const value = templateToParameter(template.normalize("NFC"));
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_PARAMETER_BYTES)
    refuse(`must have at most ${MAX_PARAMETER_BYTES} bytes as JSON text, got: ${bytes}`);
  const parameter = `${path}/templates/${name}`;
  resource(SsmParameter, scope, `Template-${name}`, {
    logicalId: encodeName(`${path.slice(1)}-${name}`),
    name: parameter,
    description: "A template of messages, instead of the one that ships",
    type: "String",
    tier: parameterTier(bytes),
    insecureValue: escapeText(value, name, scope),
  });
  return parameter;
}
