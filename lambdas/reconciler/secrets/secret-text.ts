import * as z from "zod";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { parseJson } from "../../../core/json";

/** RDS's own format of a secret. */
const secretSchema = z.object({
  engine: z.literal("mysql"),
  host: z.string().min(1),
  port: z.coerce.number().int(),
  username: z.string().min(1),
  password: z.string().min(8),
  dbname: z.string().optional(),
});
export type SecretContent = z.output<typeof secretSchema>;

/** What a secret's text says; undefined if it is in no such format, or of another account. */
export function secretContent(text: string, username: string): SecretContent | undefined {
  const json = parseJson(text);
  const parsed = secretSchema.safeParse("value" in json ? json.value : undefined);
  return parsed.success && parsed.data.username === username ? parsed.data : undefined;
}

/** @param dbname the database that a client uses first; absent if the account has none */
export const secretText = (
  { host, port }: Pick<RegistryEntry, "host" | "port">,
  username: string,
  password: string,
  dbname: string | undefined,
): string => JSON.stringify({ engine: "mysql", host, port, username, password, dbname });
