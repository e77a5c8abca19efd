import { randomInt } from "node:crypto";
import { GENERATED_LENGTH } from "../../../core/mysql/password-rules";

/** What a URL, a shell within quotes and SQL take as it is. */
const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
/** What the server's `validate_password` may ask for: GENERATED_OF_EACH. */
const CLASSES = [/[A-Z].*[A-Z]/, /[a-z].*[a-z]/, /[0-9].*[0-9]/, /[-_.~].*[-_.~]/];

/** A new password from the operating system's cryptographic source: 241 bits of randomness. */
export function generatePassword(): string {
  for (;;) {
    const password = Array.from(
      { length: GENERATED_LENGTH },
      () => CHARACTERS[randomInt(CHARACTERS.length)],
    ).join("");
    if (CLASSES.every(one => one.test(password))) return password;
  }
}
