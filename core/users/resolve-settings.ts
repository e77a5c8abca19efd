import { accountName, isSystemAccount } from "../roster/account-name";
import { checkShape } from "./check-shape";
import { plainValue, type UsersFile } from "./located-node";
import { type Problem, problemAt } from "./problem";
import { DEFAULT_PREFIX, type Settings, settingsFileSchema } from "./settings-file-schema";

const defaults: Settings = { prefix: DEFAULT_PREFIX, emailDomains: [] };

/** What settings.yaml says. The defaults where it is missing, or wrong: then `problems` says so. */
export function resolveSettings(source: UsersFile | undefined, problems: Problem[]): Settings {
  if (!source?.tree) return defaults;
  const wrong = checkShape(source, settingsFileSchema);
  problems.push(...wrong);
  if (wrong.length > 0) return defaults;
  const settings = settingsFileSchema.parse(plainValue(source.tree));
  if (isSystemAccount(accountName(settings.prefix, "x"))) {
    const message = `accounts that begin with \`${settings.prefix}_\` belong to AWS and are never touched`;
    problems.push(problemAt(source, ["prefix"], message, "choose another prefix"));
  }
  return settings;
}
