type Table = readonly [name: string, columns: string, rows: string];

const ORDERS: Table = [
  "orders",
  "id INT PRIMARY KEY, customer_id INT, total DECIMAL(10,2)",
  "(1, 1, 19.90), (2, 2, 250.00), (3, 1, 7.50)",
];
const CUSTOMERS: Table = [
  "customers",
  "id INT PRIMARY KEY, name VARCHAR(80), email VARCHAR(120), card_number VARCHAR(19)",
  "(1, 'Ada', 'ada@example.com', '4111 1111 1111 1111'), " +
    "(2, 'Grace', 'grace@example.com', '5500 0000 0000 0004')",
];
const SETTINGS: Table = [
  "settings",
  "name VARCHAR(40) PRIMARY KEY, value VARCHAR(80)",
  "('currency', 'EUR'), ('locale', 'de')",
];
const PAYMENTS: Table = [
  "payments",
  "id INT PRIMARY KEY, order_id INT, amount DECIMAL(10,2)",
  "(1, 1, 19.90), (2, 2, 250.00)",
];
const ENTRIES: Table = [
  "entries",
  "id INT PRIMARY KEY, account VARCHAR(20), amount DECIMAL(10,2)",
  "(1, 'revenue', 269.90)",
];

/** The pattern `app_prod` also matches `appXprod`. Tests check that no grant reaches it. */
const DATABASES: Readonly<Record<string, Readonly<Record<string, readonly Table[]>>>> = {
  orders: { orders: [ORDERS, CUSTOMERS], app_prod: [SETTINGS], appXprod: [SETTINGS] },
  payments: { payments: [PAYMENTS], ledger: [ENTRIES] },
};

/** The statements that fill a cluster. A cluster with an unknown name gets one database, named like it. */
export function sampleStatements(cluster: string): string[] {
  const databases = DATABASES[cluster] ?? { [cluster]: [SETTINGS] };
  return Object.entries(databases).flatMap(([database, tables]) => [
    `CREATE DATABASE \`${database}\``,
    ...tables.flatMap(([name, columns, rows]) => [
      `CREATE TABLE \`${database}\`.\`${name}\` (${columns})`,
      `INSERT INTO \`${database}\`.\`${name}\` VALUES ${rows}`,
    ]),
  ]);
}
