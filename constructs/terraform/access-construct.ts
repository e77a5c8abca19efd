import { TerraformStack } from "cdktf";
import { Construct, Node } from "constructs";
import { wrongFramework } from "./framework";
import { ValidationError } from "./validation-error";

/** What every construct that others may make extends: it refuses an app that it does not work in. */
export abstract class AccessConstruct extends Construct {
  /** @throws ValidationError if the app has another framework, or another copy of `constructs` */
  constructor(scope: Construct, id: string) {
    const wrong = wrongFramework(scope, TerraformStack);
    if (wrong !== undefined) throw new ValidationError(wrong, scope);
    try {
      super(scope, id);
    } catch (cause) {
      if (scope.node instanceof Node || !(cause instanceof TypeError)) throw cause;
      throw new ValidationError(
        "the app and cdktf-aurora-users use two copies of the package `constructs`, and these do not work together: " +
          "`npm ls constructs` shows both; keep one, in the version that the framework needs",
        scope,
        { cause },
      );
    }
  }
}
