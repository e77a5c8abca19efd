import { accountName, DEFAULT_PREFIX, isSystemAccount } from "../roster/account-name";
import { checkShape } from "./check-shape";
import { Field } from "./field";
import { plainValue, type UsersFile } from "./located-node";
import type { Problems } from "./problem";
import { type Settings, settingsFileSchema } from "./settings-file-schema";

const defaults: Settings = { prefix: DEFAULT_PREFIX, emailDomains: [] };

/** The settings of settings.yaml. The defaults if the file is missing or wrong; what is wrong is reported. */
export function resolveSettings(file: UsersFile | undefined, problems: Problems): Settings {
  if (!file?.tree) return defaults;
  const root = new Field(file, problems);
  if (!checkShape(root, settingsFileSchema)) return defaults;
  const settings = settingsFileSchema.parse(plainValue(file.tree));
  if (isSystemAccount(accountName(settings.prefix, "x"))) {
    const message = `accounts that begin with \`${settings.prefix}_\` belong to AWS and are never touched`;
    root.at("prefix").error(message, { hint: "choose another prefix" });
  }
  return settings;
}
