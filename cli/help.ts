import type { Command } from "./terminal/command";

/** The help of all commands, made from their table. */
export function helpText(commands: readonly Command[]): string {
  const rows = commands.map(command => [synopsis(command), command.summary] as const);
  return [
    "aurora-users: who may reach which database",
    "",
    ...columns(rows),
    "",
    "Run `aurora-users help <command>` for its options, and `aurora-users --version` for the version.",
    "Exit codes: 0 success, 1 a problem was found or a call failed, 2 wrong arguments.",
  ].join("\n");
}

/** The help of one command. */
export function commandHelpText(command: Command): string {
  const required = Object.entries(command.options).filter(([, option]) => option.required);
  const shown = required.map(([name, { value }]) => ` --${name} ${value}`).join("");
  const rows = [
    ...command.positionals.map(({ shown, summary }) => [shown, summary] as const),
    ...Object.entries(command.options).map(
      ([name, { value, summary }]) => [`--${name}${value ? ` ${value}` : ""}`, summary] as const,
    ),
    ["--help", "print this help"] as const,
  ];
  return [
    `usage: aurora-users ${synopsis(command)}${shown} [options]`,
    "",
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    "",
    ...columns(rows),
    ...(command.details ? ["", command.details] : []),
  ].join("\n");
}

const synopsis = (command: Command): string =>
  [command.name, ...command.positionals.map(({ shown }) => shown)].join(" ");

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
