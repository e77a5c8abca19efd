import { types } from "node:util";
import { AccessError } from "../../core/errors";
import { clip, oneLine } from "./render/plain-text";
import { errorFields } from "./runtime/errors";

/** What goes wrong before a mail server is told any address: the text then speaks of host, port and certificate. */
const CONNECTING = new Set(["ESOCKET", "ETLS", "EDNS", "ECONNECTION"]);

/**
 * Why a message was not taken, for the log: our own errors as they are; of others, their names and numbers, as the texts of mail
 * servers and clients repeat addresses, and those of HTTP clients URLs.
 */
export function describeDelivery(error: unknown): Readonly<Record<string, string | number>> {
  if (error instanceof AccessError || !types.isNativeError(error)) return errorFields(error);
  const { name, code, message, responseCode, command, $metadata } = error as unknown as Error & {
    readonly code?: unknown;
    readonly responseCode?: unknown;
    readonly command?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown };
  };
  const text = typeof code === "string" && CONNECTING.has(code) ? [clip(oneLine(message), 200)] : [];
  const known = { responseCode, httpStatus: $metadata?.httpStatusCode };
  return {
    code: "DeliveryFailed",
    detail: [
      ...[name, code, command].filter(part => typeof part === "string" && /^[\w .-]{1,60}$/.test(part)),
      ...text,
    ].join(" "),
    ...Object.fromEntries(
      Object.entries(known).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
    ),
  };
}
