import { parseArgs } from "node:util";
import { AccessError } from "../core/errors";
import { nearest } from "../core/users/nearest";
import { commands } from "./command-list";
import { commandHelpText, helpText } from "./help";
import { Arguments, type Command, type Io, UsageError } from "./terminal/command";

/** Runs the command line and returns its exit code: 0 fine, 1 something is wrong, 2 wrong arguments. Bugs of ours are thrown. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const [name, second] = argv;
  try {
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      (name === undefined ? io.err : io.out)(helpText(commands));
      return name === undefined ? 2 : 0;
    }
    const longer = commands.find(known => known.name === `${name} ${second}`);
    const command = longer ?? commands.find(known => known.name === name);
    if (!command)
      throw new UsageError(
        `unknown command "${name}"; ${meant(
          name,
          commands.map(known => known.name),
        )}`,
      );
    const rest = argv.slice(longer ? 2 : 1);
    if (rest.includes("--help") || rest.includes("-h")) {
      io.out(commandHelpText(command));
      return 0;
    }
    return await command.run(parse(command, rest), io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`aurora-users: ${error.message}`);
      return 2;
    }
    if (error instanceof AccessError || isPlain(error)) {
      io.err((error as Error).message);
      return 1;
    }
    throw error;
  }
}

/** Errors of the surroundings (a file system, missing credentials): the message is for the user, a stack is not. */
const isPlain = (error: unknown): boolean =>
  typeof error === "object" && error !== null && ("syscall" in error || "cause" in error);

function parse(command: Command, rest: readonly string[]): Arguments {
  const names = Object.keys(command.options);
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { kind }]) => [
      name,
      { type: kind === "flag" ? ("boolean" as const) : ("string" as const), multiple: kind === "texts" },
    ]),
  );
  const { values, positionals } = parsed(
    () => parseArgs({ args: [...rest], options, allowPositionals: true, strict: true }),
    names,
  );
  for (const [name, option] of Object.entries(command.options))
    if (option.required && values[name] === undefined)
      throw new UsageError(`\`--${name} ${option.value}\` is missing`);
  const wanted = command.positionals.filter(({ shown }) => shown.startsWith("<"));
  if (positionals.length < wanted.length)
    throw new UsageError(`${wanted[positionals.length]!.shown} is missing`);
  if (positionals.length > command.positionals.length)
    throw new UsageError(`"${positionals[command.positionals.length]}" is one argument too many`);
  return new Arguments(values as Record<string, string | boolean | string[] | undefined>, positionals);
}

function parsed<T>(parseNow: () => T, names: readonly string[]): T {
  try {
    return parseNow();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
      const written = /'--?([^']*)'/.exec(message)?.[1] ?? "";
      throw new UsageError(
        `unknown option "--${written}"; ${meant(
          `--${written}`,
          names.map(name => `--${name}`),
        )}`,
      );
    }
    if (code?.startsWith("ERR_PARSE_ARGS_")) throw new UsageError(message.split("\n")[0]);
    throw error;
  }
}

function meant(written: string, known: readonly string[]): string {
  const near = nearest(written, known);
  return near ? `did you mean "${near}"?` : `there are: ${known.join(", ") || "none"}`;
}
