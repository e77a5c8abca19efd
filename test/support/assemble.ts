import { assembleStatements, type StatementsRequest } from "../../core/mysql";

/** Assembles statements by the usual rules, or by a test's own. */
export const assemble = (
  request: Partial<StatementsRequest> & Pick<StatementsRequest, "roster" | "observed">,
) =>
  assembleStatements({
    now: new Date("2026-11-20T00:00:00Z"),
    prefix: "sl",
    unmanaged: "report",
    definers: "block",
    previouslyDeclared: [],
    onlyCreate: false,
    ...request,
  });

/** The SQL of the statements, in order. */
export const sql = (request: Parameters<typeof assemble>[0]) => assemble(request).statements.map(s => s.sql);

/** A row of `mysql.db`. */
export const row = (name: string, ...privileges: string[]) => ({ name, privileges, grantOption: false });
