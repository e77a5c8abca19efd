import { awsServices } from "./aws-services";
import { readEnvironment } from "./environment";
import { applyHandler, type Handler, previewHandler } from "./handlers";
import type { Services } from "./services";

let services: Services | undefined;

const inContainer =
  (handler: (services: Services) => Handler): Handler =>
  async (payload, context) => {
    services ??= awsServices(readEnvironment(process.env));
    return handler(services)(payload, context);
  };

/** What the zip exports: the handlers `index.preview` and `index.apply`. */
export const preview = inContainer(previewHandler);
export const apply = inContainer(applyHandler);
