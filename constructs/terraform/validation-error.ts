import type { IConstruct } from "constructs";
import { InvalidInputError } from "../../core/errors";

/** A prop or a combination of constructs that cannot be. The message begins with the path of the construct that refused it. */
export class ValidationError extends InvalidInputError {
  constructor(message: string, scope: IConstruct, options?: { cause?: unknown }) {
    super(`[${scope.node.path}] ${message}`, options);
  }
}
