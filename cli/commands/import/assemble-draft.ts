import {
  type Draft,
  type DraftFile,
  draftImport,
  type ImportRequest,
} from "../../../core/import/draft-import";
import type { Inventory, NamedByConstruct } from "../../../core/import/inventory";
import { plannedStatements } from "../../../core/import/planned-statements";
import { defined } from "../../../core/json";
import { NO_STATEMENTS, type StatementsPlan } from "../../../core/mysql";
import { DEFAULT_PREFIX } from "../../../core/roster/account-name";
import { EMPTY_ROSTER, grantsOf, holdsAt, type Roster } from "../../../core/roster/roster";
import { defaultRoles, type Problem, ROLES_FILE, SETTINGS_FILE } from "../../../core/users";
import { UsersError, type UsersFolder, yamlText } from "../../../reader";

/** A draft whose files are without a problem, and what the next plan does with them. */
export interface AssembledDraft {
  readonly draft: Draft;
  /** By file name, in the order in which they are written. */
  readonly texts: ReadonlyMap<string, string>;
  readonly roster: Roster;
  readonly plan: StatementsPlan;
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
    if (inTheWay.length > 0) return { draft, texts, roster: EMPTY_ROSTER, plan: NO_STATEMENTS, inTheWay };
    const after = [...texts].reduce(
      (all, [name, text]) => all.with({ file: `${folder.folder}/${name}`, name, text }),
      folder,
    );
    const { problems, rosters } = after.inspect(optionsWith(draft.names));
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
    const plan = plannedStatements(inventory, roster, draft.names, now);
    const planned = { asIs, now, plan, roster };
    if (problems.length === 0) for (const one of draft.files) reject(one, planReasons(one, planned));
    if (draft.files.every(({ user }) => !rejected.has(user))) return { draft, texts, roster, plan, inTheWay };
  }
}

/** A file's name where names are compared without case, as on macOS and Windows. */
const sameName = (name: string): string => name.normalize("NFC").toLowerCase();

/** A roles.yaml that lacks roles is in the way, too. */
function filesInTheWay({ files, roles }: Draft, folder: UsersFolder): string[] {
  const lacksRoles = Object.keys(roles).length > 0 && folder.has(ROLES_FILE);
  const fresh = new Set(files.map(({ stem }) => sameName(`${stem}.yaml`)));
  const names = folder.names().filter(name => fresh.has(sameName(name)));
  return [...names, ...(lacksRoles ? [ROLES_FILE] : [])];
}

interface Planned extends Pick<AssembledDraft, "plan" | "roster"> {
  readonly asIs: boolean;
  readonly now: Date;
}

/** Why the plan says that the account cannot be declared like this. */
function planReasons({ account, user }: DraftFile, planned: Planned): readonly string[] {
  const { asIs, plan } = planned;
  const problems = plan.problemsByUser.get(account) ?? [];
  if (problems.length > 0) return problems;
  if (account !== user && !plan.renames.has(user))
    return [`the next plan would not rename it to ${account}${whyNotRenamed(account, planned)}`];
  return asIs
    ? plan.statements
        .filter(({ accounts }) => accounts.some(one => one.user === user || one.user === account))
        .map(({ sql }) => `the next plan would not leave it as it is: ${sql}`)
    : [];
}

function whyNotRenamed(account: string, { now, plan, roster }: Planned): string {
  const declared = roster.accounts[account];
  const grants = declared ? grantsOf(declared) : [];
  if (!grants.some(({ grant }) => holdsAt(grant, now)))
    return ": its access has ended (drop it, or take `expires` out of its row)";
  const reason = plan.leftOut.get(account);
  return reason === undefined ? "" : `: ${reason}`;
}

/**
 * The texts of the new files, first those that others need. What the folder has already is left out of roles
 * and settings.
 */
function textsOf({ files, roles }: Draft, folder: UsersFolder, prefix: string): Map<string, string> {
  const texts = new Map<string, string>();
  if (prefix !== DEFAULT_PREFIX && !folder.has(SETTINGS_FILE)) texts.set(SETTINGS_FILE, yamlText({ prefix }));
  if (Object.keys(roles).length > 0 && !folder.has(ROLES_FILE))
    texts.set(ROLES_FILE, yamlText({ ...defaultRoles, ...roles }));
  for (const { file, stem } of files) texts.set(`${stem}.yaml`, yamlText(file));
  return texts;
}
