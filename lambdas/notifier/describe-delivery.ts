import { AccessError } from "../../core/errors";
import { describeError } from "./errors";

/**
 * Why a message was not taken, for the log: our own errors as they are; of others, their names and numbers, as the texts of mail
 * servers and clients repeat addresses, and those of HTTP clients URLs.
 */
export function describeDelivery(error: unknown): Readonly<Record<string, string | number>> {
  if (error instanceof AccessError || !(error instanceof Error)) return { ...describeError(error) };
  const { name, code, responseCode, command, $metadata } = error as Error & {
    readonly code?: unknown;
    readonly responseCode?: unknown;
    readonly command?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown };
  };
  const known = { responseCode, httpStatus: $metadata?.httpStatusCode };
  return {
    code: "DeliveryFailed",
    message: [name, code, command].filter(part => typeof part === "string" && /^[\w .-]{1,60}$/.test(part)).join(" "),
    ...Object.fromEntries(Object.entries(known).filter((entry): entry is [string, number] => typeof entry[1] === "number")),
  };
}
