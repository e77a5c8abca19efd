import { parseArgs } from "node:util";
import { AccessError } from "../core/errors";
import { printable, printableLines } from "../core/printable";
import { nearest } from "../core/users/nearest";
import { UsersError } from "../reader";
import { commands } from "./command-list";
import { commandHelpText, helpText } from "./help";
import { Arguments, type Command, type Io } from "./terminal/command";
import { UsageError } from "./terminal/errors";

/**
 * Runs the command line and returns its exit code: 0 success, 1 a problem was found or a call failed, 2 wrong
 * arguments.
 * @throws any error that this program does not expect: a bug
 */
export async function run(argv: readonly string[], terminal: Io): Promise<number> {
  // Whatever a command prints, no name in it controls the terminal or begins a command of a workflow.
  const io: Io = {
    ...terminal,
    out: text => terminal.out(printableLines(text)),
    err: text => terminal.err(printableLines(text)),
  };
  const [name, second] = argv;
  try {
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      (name === undefined ? io.err : io.out)(helpText(commands));
      return name === undefined ? 2 : 0;
    }
    const longer = commands.find(known => known.name === `${name} ${second}`);
    const command = longer ?? commands.find(known => known.name === name);
    if (!command) {
      const names = commands.map(known => known.name);
      throw new UsageError(`unknown command "${name}"; ${suggestion(name, names)}`);
    }
    const rest = argv.slice(longer ? 2 : 1);
    if (rest.includes("--help") || rest.includes("-h")) {
      io.out(commandHelpText(command));
      return 0;
    }
    return await command.run(parse(command, rest), io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(printable(error.line));
      return 2;
    }
    if (error instanceof AccessError || isPlain(error)) {
      // The lines of a UsersError are printable one by one.
      const { message } = error as Error;
      io.err(error instanceof UsersError ? message : printable(message));
      return 1;
    }
    throw error;
  }
}

/** Errors of the file system and failed calls: the user needs the message, not the stack. */
const isPlain = (error: unknown): boolean =>
  typeof error === "object" && error !== null && ("syscall" in error || "cause" in error);

function parse(command: Command, rest: readonly string[]): Arguments {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { kind }]) => [
      name,
      { type: kind === "flag" ? ("boolean" as const) : ("string" as const), multiple: kind === "texts" },
    ]),
  );
  // Not strict: node's own errors hold what is wrong in their text alone.
  const { values, positionals, tokens } = parseArgs({
    args: [...rest],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) if (token.kind === "option") assertOption(command, token);
  for (const [name, option] of Object.entries(command.options))
    if (option.required && values[name] === undefined)
      throw new UsageError(`\`--${name} ${option.value}\` is missing`);
  const wanted = command.positionals.filter(({ shown }) => shown.startsWith("<"));
  if (positionals.length < wanted.length)
    throw new UsageError(`${wanted[positionals.length]!.shown} is missing`);
  if (positionals.length > command.positionals.length)
    throw new UsageError(
      `"${positionals[command.positionals.length]}" is one argument too many; ` +
        `see \`aurora-users ${command.name} --help\``,
    );
  return new Arguments(values as Record<string, string | boolean | string[] | undefined>, positionals);
}

interface OptionToken {
  readonly name: string;
  readonly value: string | undefined;
  /** Whether the value follows a `=`. */
  readonly inlineValue: boolean | undefined;
}

function assertOption({ options }: Command, { name, value, inlineValue }: OptionToken): void {
  if (!Object.hasOwn(options, name)) {
    const known = Object.keys(options).map(option => `--${option}`);
    throw new UsageError(`unknown option "--${name}"; ${suggestion(`--${name}`, known)}`);
  }
  const option = options[name]!;
  if (option.kind === "flag") {
    if (value !== undefined) throw new UsageError(`\`--${name}\` takes no argument`);
  } else if (value === undefined || (!inlineValue && value.startsWith("-") && value !== "-")) {
    throw new UsageError(
      `\`--${name} ${option.value}\`: argument missing (one that begins with - needs --${name}=...)`,
    );
  }
}

function suggestion(written: string, known: readonly string[]): string {
  const near = nearest(written, known);
  return near ? `did you mean "${near}"?` : `there are: ${known.join(", ") || "none"}`;
}
