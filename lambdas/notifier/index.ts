import { awsServices } from "./aws-services";
import { type Handler, notifyHandler } from "./handler";
import { readEnvironment } from "./runtime/environment";
import type { Services } from "./services";

let services: Services | undefined;

/** What the zip exports: the handler `index.notify`. */
export const notify: Handler = async (event, context) => {
  services ??= awsServices(readEnvironment(process.env));
  return notifyHandler(services)(event, context);
};
