/**
 * A template as the value of an SSM parameter: Parameter Store refuses a value that holds `{{...}}`, since it could be taken for a
 * reference to another parameter. So it is kept as JSON text, in which no two `{` stand side by side.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
 */
export const templateToParameter = (template: string): string =>
  JSON.stringify(template).replace(/\{(?=\{)/g, "\\u007b");

/** The template that `templateToParameter` made a value of. A value that is no JSON text was written by hand, and stands for itself. */
export function templateFromParameter(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === "string" ? parsed : value;
  } catch {
    return value;
  }
}
