import { Token } from "cdktf";
import type { IConstruct } from "constructs";
import { canonicalJson, type Json } from "../../core/json";
import { quoted, ValidationError } from "./validation-error";

/** The pattern by which cdktf finds numbers that encode a token (`TokenString.forNumbers`). */
const NUMBER_LIKE = /[-|\d.+]+e[-|\d.eE+]+/g;
const looksLikeNumberToken = (text: string): boolean =>
  (text.match(NUMBER_LIKE) ?? []).some(number => Token.isUnresolved(Number.parseFloat(number)));

/** Why Terraform or cdktf would alter the text; undefined if both keep it, once escaped. */
function unkeepable(text: string): string | undefined {
  if (text.includes("TfToken[")) return "holds `TfToken[`, which cdktf would read as a reference";
  if (looksLikeNumberToken(text)) return "holds a number that cdktf would read as a reference";
  if (/\p{Surrogate}/u.test(text)) return "holds half of a surrogate pair, which is not a character";
  if (text.startsWith("\ufeff")) return "begins with a byte order mark, which Terraform drops";
  if (text.includes("\0")) return "holds a NUL character";
  return undefined;
}

/**
 * Escapes text of a user for Terraform's JSON syntax, so that it stays text: there, every `${` and `%{`
 * begins an expression, also in the names of an object's members.
 *
 * Terraform holds all text in Unicode's composed form (NFC). The text is converted here, so that the
 * functions get exactly what was checked at synth.
 * @param where what the text is, for the error
 * @see https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping
 * @throws ValidationError if the text holds a token, or anything that Terraform or cdktf would alter
 */
export function escapeText(text: string, where: string, scope: IConstruct): string {
  const reason = unkeepable(text);
  if (reason !== undefined)
    throw new ValidationError(
      `\`${where}\` must be plain text that is known at synth, without tokens: ${quoted(text)} ${reason}`,
      scope,
    );
  return text.normalize("NFC").replace(/\$\{/g, "$$${").replace(/%\{/g, "%%{");
}

function escapeKey(key: string, where: string, scope: IConstruct): string {
  if (key === "__proto__")
    throw new ValidationError(`\`${where}\` cannot have a member named \`__proto__\``, scope);
  // Terraform would make one member of two names that are equal once composed, and lose one of them.
  if (key.normalize("NFC") !== key)
    throw new ValidationError(
      `\`${where}\` has a member ${quoted(key)} that is not in Unicode's composed form (NFC)`,
      scope,
    );
  return escapeText(key, where, scope);
}

/**
 * Escapes every text and every member's name of a value of plain data for Terraform's JSON syntax. Undefined
 * members are left out.
 * @param where what the value is, for the error
 * @throws ValidationError if it holds a token (a sensitive value is one), or anything that JSON cannot
 * express
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
  if (Array.isArray(value)) return value.map((item, index) => escapeJson(item, `${where}[${index}]`, scope));
  const prototype = typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== Object.prototype && prototype !== null)
    throw new ValidationError(
      `\`${where}\` must be plain data that is known at synth; tokens and sensitive values are refused`,
      scope,
    );
  const escaped: { [key: string]: Json } = {};
  for (const [key, member] of Object.entries(value as { [key: string]: Json | undefined }))
    if (member !== undefined)
      escaped[escapeKey(key, where, scope)] = escapeJson(member, `${where}.${key}`, scope);
  return escaped;
}

/**
 * A value of plain data as JSON text, escaped for Terraform's JSON syntax. The text is the one that
 * Terraform's `jsonencode` makes of the value.
 *
 * One text is fast for Terraform. A plan with an object of 10,000 accounts takes three times as long as a
 * plan with their text.
 * @param where what the value is, for the error
 * @see https://developer.hashicorp.com/terraform/language/functions/jsonencode
 * @throws ValidationError as `escapeData` does
 */
export function escapeJsonText(value: Json, where: string, scope: IConstruct): string {
  escapeData(value, where, scope);
  const text = canonicalJson(value).replace(
    /[<>&\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return escapeText(text, where, scope);
}

/**
 * A text as a literal within a Terraform expression (`{account = "..."}`), quotes included. Only account
 * names go into expressions; all other text of users stays in locals.
 * @throws ValidationError as `escapeText` does
 */
export function expressionLiteral(text: string, where: string, scope: IConstruct): string {
  const quoted = escapeText(text, where, scope).replace(/["\\]/g, "\\$&");
  return `"${quoted.replace(/[\p{Cc}\u2028\u2029]/gu, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}
