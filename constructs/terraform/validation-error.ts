import type { IConstruct } from "constructs";
import { InvalidInputError } from "../../core/errors";
import { printable } from "../../core/printable";

/**
 * A prop, or a combination of constructs, that is not allowed. The message begins with the path of the
 * construct that refused it.
 *
 * @example
 * if (this.node.tryFindChild("Ledger") === undefined) throw new ValidationError("`Ledger` must exist", this);
 */
export class ValidationError extends InvalidInputError {
  constructor(message: string, scope: IConstruct, options?: { cause?: unknown }) {
    super(printable(`[${scope.node.path}] ${message}`), options);
  }
}

/**
 * A given text for an error message: in quotes, its control characters escaped, cut after `most` characters.
 */
export const quoted = (text: string, most = 80): string =>
  JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text);
