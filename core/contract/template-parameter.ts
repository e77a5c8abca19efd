import { parseJson } from "../json";

/**
 * A template as the value of an SSM parameter. Parameter Store refuses values with `{{...}}`, which could be
 * a reference to another parameter. So the value is JSON text in which no two `{` are next to each other.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
 */
export const templateToParameter = (template: string): string =>
  JSON.stringify(template).replace(/\{(?=\{)/g, "\\u007b");

/**
 * The template of a value that `templateToParameter` made. Any other value was written by hand and is the
 * template.
 */
export function templateFromParameter(value: string): string {
  const json = value.startsWith('"') ? parseJson(value) : undefined;
  return json && "value" in json && typeof json.value === "string" ? json.value : value;
}
