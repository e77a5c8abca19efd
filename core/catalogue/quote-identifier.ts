/** An identifier: a database, table, column or routine. */
export const quoteIdentifier = (name: string): string => `\`${name.replaceAll("`", "``")}\``;
