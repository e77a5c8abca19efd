import type { RunRight } from "../../core/contract/run-role";
import { type Tracing, xrayTracing } from "../runtime/tracing";
import {
  applyHandler,
  enforceHandler,
  type Handler,
  previewHandler,
  rotateHandler,
} from "./handlers/handlers";
import { readEnvironment } from "./runtime/environment";
import { awsServices } from "./services/aws-services";
import type { Services } from "./services/services";

let made: { readonly services: Services; readonly tracing: Tracing | undefined } | undefined;

/** @param right which of a cluster's run roles the function assumes */
async function make(right: RunRight) {
  const environment = readEnvironment(process.env);
  const tracing = environment.tracing ? await xrayTracing(environment.service) : undefined;
  return { services: awsServices(environment, right, tracing), tracing };
}

const inContainer =
  (name: string, handler: (services: Services) => Handler): Handler =>
  async (payload, context) => {
    made ??= await make(name === "preview" ? "preview" : "apply");
    const { services, tracing } = made;
    const work = () => handler(services)(payload, context);
    return tracing ? tracing.within(`index.${name}`, {}, work) : work();
  };

/** What the zip exports: the handlers `index.preview`, `index.apply`, `index.enforce` and `index.rotate`. */
export const preview = inContainer("preview", previewHandler);
export const apply = inContainer("apply", applyHandler);
export const enforce = inContainer("enforce", enforceHandler);
export const rotate = inContainer("rotate", rotateHandler);
