import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AccessError } from "../core/errors";
import { printable, printableLines } from "../core/printable";
import { nearest } from "../core/users/nearest";
import { UsersError } from "../reader";
import { commands } from "./command-list";
import { commandHelpText, helpText } from "./help";
import { Arguments, type Command, type Io, printJson } from "./terminal/command";
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
  try {
    return await runCommand(argv, io);
  } catch (error) {
    const isUsage = error instanceof UsageError;
    if (!isUsage && !(error instanceof AccessError) && !isPlain(error)) throw error;
    const { message } = error as Error;
    const exitCode = isUsage ? 2 : 1;
    if (argv.includes("--json")) printJson(io, { error: { message, exitCode } });
    // The lines of a UsersError are printable one by one.
    io.err(error instanceof UsersError ? message : printable(isUsage ? error.line : message));
    return exitCode;
  }
}

async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  const isHelp = argv[0] === "help";
  const words = isHelp ? argv.slice(1) : argv;
  const [name] = words;
  if (name === "--version" || name === "-V") {
    io.out(packageVersion());
    return 0;
  }
  if (name === undefined || name === "--help" || name === "-h") {
    const isAsked = isHelp || name !== undefined;
    (isAsked ? io.out : io.err)(helpText(commands));
    return isAsked ? 0 : 2;
  }
  const { command, rest } = findCommand(words);
  if (isHelp || rest.includes("--help") || rest.includes("-h")) {
    io.out(commandHelpText(command));
    return 0;
  }
  return command.run(parse(command, rest), io);
}

/** @throws UsageError if there is no such command */
function findCommand([name = "", second, ...others]: readonly string[]) {
  const longer = commands.find(known => known.name === `${name} ${second}`);
  if (longer) return { command: longer, rest: others };
  const command = commands.find(known => known.name === name);
  const names = commands.map(known => known.name);
  if (!command) throw new UsageError(`unknown command "${name}"; ${suggestion(name, names)}`);
  const written = `${name} ${second}`;
  const near = nearest(
    written,
    names.filter(known => known.startsWith(`${name} `)),
  );
  if (near !== undefined) throw new UsageError(`unknown command "${written}"; did you mean "${near}"?`);
  return { command, rest: second === undefined ? [] : [second, ...others] };
}

/** The version in the package's package.json. Compiled files are one level deeper. */
function packageVersion(): string {
  const file = [join(__dirname, "..", "package.json"), join(__dirname, "..", "..", "package.json")].find(
    existsSync,
  );
  return (JSON.parse(readFileSync(file!, "utf8")) as { version: string }).version;
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
