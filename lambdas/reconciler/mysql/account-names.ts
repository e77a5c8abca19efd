import type { AccountId } from "../../../core/mysql";

/** A name: quoted in one of three ways, or not. */
const NAME = "(`(?:[^`]|``)*`|'(?:[^'\\\\]|\\\\.|'')*'|\"(?:[^\"\\\\]|\\\\.|\"\")*\"|[^,@\\s]+)";

/** The accounts of a list, such as the setting `mandatory_roles`: `app_all, 'ops'@'10.%'`. */
export const accountNames = (list: string): AccountId[] =>
  [...list.matchAll(new RegExp(`${NAME}(?:@${NAME})?`, "g"))].map(([, user = "", host = "%"]) => ({
    user: unquoted(user),
    host: unquoted(host),
  }));

function unquoted(name: string): string {
  const quote = name[0]!;
  if (!"`'\"".includes(quote)) return name;
  return name.slice(1, -1).replaceAll(quote + quote, quote);
}
