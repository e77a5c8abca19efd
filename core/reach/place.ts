import type { ReachTarget } from "./reach-facts";

const NAME = "(?:`((?:[^`]|``)+)`|([^`.]+))";
const PLACE = new RegExp(`^${NAME}(?:\\.(?:\`((?:[^\`]|\`\`)+)\`|([^\`]+)))?$`, "s");

/**
 * What `orders` or `orders.customers` names. A name that holds a dot is in backticks, as in SQL. Undefined
 * for any other text.
 */
export function parsePlace(text: string): ReachTarget | undefined {
  const [, quoted, database = quoted?.replaceAll("``", "`"), quotedTable, plain] = PLACE.exec(text) ?? [];
  const table = plain ?? quotedTable?.replaceAll("``", "`");
  if (database === undefined) return undefined;
  return table === undefined ? { database } : { database, table };
}
