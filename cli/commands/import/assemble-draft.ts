import {
  type Draft,
  type DraftFile,
  draftImport,
  type ImportRequest,
  namedByConstruct,
} from "../../../core/import/draft-import";
import type { Inventory, NamedByConstruct } from "../../../core/import/inventory";
import { plannedStatements } from "../../../core/import/planned-statements";
import { defined } from "../../../core/json";
import { NO_STATEMENTS, type StatementsPlan } from "../../../core/mysql";
import { accountName, DEFAULT_PREFIX } from "../../../core/roster/account-name";
import { EMPTY_ROSTER, type Roster } from "../../../core/roster/roster";
import { defaultRoles, type Problem, ROLES_FILE, SETTINGS_FILE } from "../../../core/users";
import { UsersError, type UsersFolder, yamlText } from "../../../reader";

/** A draft whose files are without a problem, and what the next plan does with them. */
export interface AssembledDraft {
  readonly draft: Draft;
  /** By file name, in the order in which they are written. */
  readonly texts: ReadonlyMap<string, string>;
  readonly roster: Roster;
  readonly plan: StatementsPlan;
  /** What the construct has to say of accounts without the prefix. */
  readonly names: NamedByConstruct;
  /** Files that exist and would have to be overwritten. With any, nothing is planned. */
  readonly inTheWay: readonly string[];
}

export interface DraftRequest extends Omit<ImportRequest, "rejected" | "roles" | "declared"> {
  readonly folder: UsersFolder;
  readonly now: Date;
}

/**
 * Drafts the files, reads them as synthesis does, and plans as a preview does. What shows a problem there, or
 * with `asIs` a statement, is not imported, and the rest is drafted again.
 * @throws UsersError if the folder has problems of its own
 */
export function assembleDraft(inventory: Inventory, request: DraftRequest): AssembledDraft {
  const { asIs, cluster, folder, now } = request;
  const { prefix } = inventory;
  const before = folder.inspect({ now });
  if (before.problems.length > 0)
    throw new UsersError(folder.folder, before.problems, problem => folder.lineOf(problem));
  const clusters = Object.fromEntries(Object.keys(before.rosters).map(name => [name, {}]));
  /** @param names what the construct says of accounts without the prefix */
  const optionsWith = ({ alsoManages }: NamedByConstruct) => ({
    now,
    clusters: { ...clusters, [cluster]: { prefix, ...defined({ alsoManages }) } },
  });
  const found = folder.inspect(optionsWith(inventory)).rosters[cluster]?.accounts ?? {};
  const declared = new Set(Object.keys(found));
  const rejected = new Map<string, readonly string[]>();
  while (true) {
    const draft = draftImport(inventory, {
      ...request,
      roles: folder.roles() ?? new Map(),
      declared,
      rejected,
    });
    const texts = textsOf(draft, folder, prefix);
    const inTheWay = filesInTheWay(draft, folder);
    const names = namedByConstruct(inventory, draft.unprefixed, asIs);
    if (inTheWay.length > 0)
      return { draft, texts, roster: EMPTY_ROSTER, plan: NO_STATEMENTS, names, inTheWay };
    const after = [...texts].reduce(
      (all, [name, text]) => all.with({ file: `${folder.folder}/${name}`, name, text }),
      folder,
    );
    const { problems, rosters } = after.inspect(optionsWith(names));
    const isFile = ({ stem }: DraftFile, { file }: Problem) => file === `${folder.folder}/${stem}.yaml`;
    const reject = (one: DraftFile, reasons: readonly string[]) => {
      if (reasons.length > 0) rejected.set(one.user, reasons);
    };
    for (const one of draft.files)
      reject(
        one,
        problems.filter(problem => isFile(one, problem)).map(({ message }) => message),
      );
    const others = problems.filter(problem => !draft.files.some(one => isFile(one, problem)));
    if (others.length > 0) throw new UsersError(folder.folder, others);
    const roster = rosters[cluster] ?? EMPTY_ROSTER;
    const plan = plannedStatements(inventory, roster, names, now);
    const planned = { plan, prefix, asIs };
    if (problems.length === 0) for (const one of draft.files) reject(one, planReasons(one, planned));
    if (draft.files.every(({ user }) => !rejected.has(user)))
      return { draft, texts, roster, plan, names, inTheWay };
  }
}

/** A roles.yaml that lacks roles is in the way, too. */
function filesInTheWay({ files, roles }: Draft, folder: UsersFolder): string[] {
  const lacksRoles = Object.keys(roles).length > 0 && folder.has(ROLES_FILE);
  const names = files.map(({ stem }) => `${stem}.yaml`).filter(name => folder.has(name));
  return [...names, ...(lacksRoles ? [ROLES_FILE] : [])];
}

interface Planned {
  readonly plan: StatementsPlan;
  readonly prefix: string;
  readonly asIs: boolean;
}

/** Why the account cannot be declared like this, by its name or by the one that it gets. */
function planReasons({ user }: DraftFile, { asIs, plan, prefix }: Planned): readonly string[] {
  const names = [user, accountName(prefix, user)];
  const problems = names.flatMap(name => plan.problemsByUser.get(name) ?? []);
  if (problems.length > 0 || !asIs) return problems;
  return plan.statements
    .filter(({ accounts }) => accounts.some(account => names.includes(account.user)))
    .map(({ sql }) => `the next plan would not leave it as it is: ${sql}`);
}

/** The texts of the new files. What the folder has already is left out of roles and settings. */
function textsOf({ files, roles }: Draft, folder: UsersFolder, prefix: string): Map<string, string> {
  const texts = new Map(files.map(({ file, stem }) => [`${stem}.yaml`, yamlText(file)]));
  if (Object.keys(roles).length > 0 && !folder.has(ROLES_FILE))
    texts.set(ROLES_FILE, yamlText({ ...defaultRoles, ...roles }));
  if (prefix !== DEFAULT_PREFIX && !folder.has(SETTINGS_FILE)) texts.set(SETTINGS_FILE, yamlText({ prefix }));
  return texts;
}
