import { Token } from "cdktf";
import type { IConstruct } from "constructs";
import type { Json } from "../../core/json";
import { ValidationError } from "./validation-error";

/** Where cdktf looks for numbers that stand for a token (`TokenString.forNumbers`). */
const NUMBER_LIKE = /[-|\d.+]+e[-|\d.eE+]+/g;
const looksLikeNumberToken = (text: string): boolean =>
  (text.match(NUMBER_LIKE) ?? []).some(number => Token.isUnresolved(Number.parseFloat(number)));

/** Why Terraform or cdktf would not keep the text as it is; undefined: it does, once escaped. */
function unkeepable(text: string): string | undefined {
  if (text.includes("TfToken[")) return "holds `TfToken[`, which cdktf would read as a reference";
  if (looksLikeNumberToken(text)) return "holds a number that cdktf would read as a reference";
  if (/\p{Surrogate}/u.test(text)) return "holds half of a surrogate pair, which is no character";
  if (text.startsWith("\ufeff")) return "begins with a byte order mark, which Terraform drops";
  if (text.includes("\0")) return "holds a NUL character";
  return undefined;
}

const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

/**
 * Text of a user as Terraform's JSON syntax has to have it, so that it stays text: every `${` and `%{` begins an expression there,
 * also in the names of an object's members.
 *
 * Terraform holds all text in Unicode's composed form (NFC); a value is brought into it here, so that what is checked at synth is
 * what the functions get.
 * @see https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping
 * @throws ValidationError where the text holds a token, or what Terraform or cdktf would not keep as it is.
 */
export function escapeText(text: string, where: string, scope: IConstruct): string {
  const reason = unkeepable(text);
  if (reason !== undefined)
    throw new ValidationError(
      `\`${where}\` must be plain text that is known at synth, without tokens: ${shown(text)} ${reason}`,
      scope,
    );
  return text.normalize("NFC").replace(/\$\{/g, "$$${").replace(/%\{/g, "%%{");
}

function escapeKey(key: string, where: string, scope: IConstruct): string {
  if (key === "__proto__")
    throw new ValidationError(`\`${where}\` cannot have a member named \`__proto__\``, scope);
  // Two names that differ before composition only would be one in Terraform, and one of them would be lost.
  if (key.normalize("NFC") !== key)
    throw new ValidationError(
      `\`${where}\` has a member ${shown(key)} that is not in Unicode's composed form (NFC)`,
      scope,
    );
  return escapeText(key, where, scope);
}

/**
 * A value of plain data, every text and every member's name in it escaped for Terraform's JSON syntax. Members that are undefined
 * are left out.
 * @param where What the value is, for the error.
 * @throws ValidationError where it holds a token (a sensitive value is one), or anything that JSON has no form for.
 */
export function escapeData<T extends Json>(value: T, where: string, scope: IConstruct): T {
  return escapeJson(value, where, scope) as T;
}

function escapeJson(value: Json, where: string, scope: IConstruct): Json {
  if (typeof value === "string") return escapeText(value, where, scope);
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (Token.isUnresolved(value) || !Number.isFinite(value))
      throw new ValidationError(`\`${where}\` must be a number that is known at synth`, scope);
    return value;
  }
  if (Array.isArray(value)) return value.map(item => escapeJson(item, where, scope));
  const prototype = typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== Object.prototype && prototype !== null)
    throw new ValidationError(
      `\`${where}\` must be plain data that is known at synth; tokens and sensitive values are refused`,
      scope,
    );
  const escaped: { [key: string]: Json } = {};
  for (const [key, member] of Object.entries(value as { [key: string]: Json | undefined }))
    if (member !== undefined) escaped[escapeKey(key, where, scope)] = escapeJson(member, where, scope);
  return escaped;
}

/**
 * A text as a literal within an expression (`{account = "..."}`), quotes included. For names that Terraform looks at; what users say
 * about them stays in locals.
 * @throws ValidationError as `escapeText` does
 */
export function expressionLiteral(text: string, where: string, scope: IConstruct): string {
  const quoted = escapeText(text, where, scope).replace(/["\\]/g, "\\$&");
  return `"${quoted.replace(/[\p{Cc}\u2028\u2029]/gu, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}
