import { types } from "node:util";
import { AccessError } from "../../core/errors";
import { defined } from "../../core/json";
import { clip, oneLine } from "./render/plain-text";
import { errorFields } from "./runtime/errors";

/** Errors before a mail server gets any address: their texts are about host, port and certificate. */
const CONNECTING = new Set(["ESOCKET", "ETLS", "EDNS", "ECONNECTION"]);

/** The fields of mail and AWS clients' errors that are logged. */
type ClientError = Error &
  Partial<Record<"code" | "responseCode" | "command", unknown>> & {
    readonly $metadata?: { readonly httpStatusCode?: unknown };
  };

/**
 * Why a message was not accepted, as fields of a log line. Our own errors are described by their message,
 * others by names and numbers only: texts of mail servers and clients repeat addresses, and those of HTTP
 * clients repeat URLs.
 */
export function describeDelivery(error: unknown): Readonly<Record<string, string | number>> {
  if (error instanceof AccessError || !types.isNativeError(error)) return errorFields(error);
  const { name, code, message, responseCode, command, $metadata } = error as ClientError;
  const words = [name, code, command].filter(
    word => typeof word === "string" && /^[\w .-]{1,60}$/.test(word),
  );
  if (typeof code === "string" && CONNECTING.has(code)) words.push(clip(oneLine(message), 200));
  return defined({
    code: "DeliveryFailed",
    detail: words.join(" "),
    responseCode: numberOf(responseCode),
    httpStatus: numberOf($metadata?.httpStatusCode),
  });
}

const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
