import type { RolesFile } from "./roles-file-schema";

/**
 * The roles of a folder without roles.yaml: those of the shipped roles.yaml. Only `trusted_admin` has ALTER
 * ROUTINE, which allows changes to another account's procedure, and so actions with that account's rights.
 */
export const defaultRoles: RolesFile = {
  read: { description: "Look at the data", privileges: ["SELECT"] },
  write: {
    description: "Look at the data, add and change rows",
    privileges: ["INSERT", "UPDATE"],
    inherits: ["read"],
  },
  read_write: {
    description: "All that `write` may, and delete rows",
    privileges: ["DELETE"],
    inherits: ["write"],
  },
  admin: {
    description: "Data and schema, without dropping and without changing the routines of others",
    privileges: [
      "SELECT",
      "INSERT",
      "UPDATE",
      "DELETE",
      "CREATE",
      "REFERENCES",
      "INDEX",
      "ALTER",
      "CREATE TEMPORARY TABLES",
      "CREATE VIEW",
      "SHOW VIEW",
      "CREATE ROUTINE",
      "EXECUTE",
      "EVENT",
      "TRIGGER",
    ],
  },
  trusted_admin: {
    description: "Everything on the database; a cluster's ceiling must allow it",
    privileges: ["ALL PRIVILEGES"],
  },
};
