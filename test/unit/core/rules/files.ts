import { NOW, usersOf } from "../../reader/users-of";

export { NOW };

/** Two projects on two clusters, with the roles that the package ships. */
const PROJECTS = `
shop:
  owner: { name: Olga, email: olga@example.com }
  environments:
    prod: { cluster: orders, databases: [shop] }
    staging: { cluster: orders, databases: [shop_staging] }
books:
  owner: { name: Olga, email: olga@example.com }
  environments:
    prod: { cluster: billing, databases: [ledger, payments] }
`;

/** A person's file: what it says of grants, and more. */
export const person = (name: string, grants: readonly string[], more = ""): string =>
  `{ name: ${name}, email: ${name}@example.com${more}, grants: [${grants.map(grant => `{ ${grant} }`).join(", ")}] }`;

export const on = (database: string, role: string, cluster = "billing", more = ""): string =>
  `cluster: ${cluster}, databases: [${database}], role: ${role}${more}`;

const CLUSTERS = { orders: {}, billing: {} };

type Users = Readonly<Record<string, string>>;
const folderOf = (rules: string, users: Users) => {
  const files = Object.fromEntries(Object.entries(users).map(([name, text]) => [`${name}.yaml`, text]));
  return usersOf({ "rules.yaml": rules, "projects.yaml": PROJECTS, ...files }, CLUSTERS);
};

/** What a folder with these rules and users says: its problems, without hints. */
export const problemsOf = (rules: string, users: Users): string[] =>
  folderOf(rules, users).problems.map(
    ({ file, line, message, path }) => `${file}:${line} ${path}: ${message}`,
  );

export const warningsOf = (rules: string, users: Users): string[] =>
  folderOf(rules, users).warnings.map(({ message }) => message);

export const rostersOf = (rules: string, users: Users) => folderOf(rules, users).rosters;
