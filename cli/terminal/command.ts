/** What a command reads and writes beside its arguments; tests hand in their own. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Where a person watches: how far a long command is, in place of what it said last. An empty text takes it away. */
  progress?(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
}

export interface CommandOption {
  /** `text`: takes a value; `texts`: may be given several times; `flag`: takes none. */
  readonly kind: "text" | "texts" | "flag";
  /** How help names the value: `<name>`. */
  readonly value?: string;
  readonly summary: string;
  readonly required?: boolean;
}

/** The arguments of a command, as its table says. */
export class Arguments {
  constructor(
    private readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>,
    private readonly positionals: readonly string[],
  ) {}

  /** The positional argument at an index. */
  at(index: number): string | undefined {
    return this.positionals[index];
  }

  text(name: string): string | undefined {
    const value = this.options[name];
    return typeof value === "string" ? value : undefined;
  }

  /** A text that the table says is required. */
  required(name: string): string {
    return this.text(name) as string;
  }

  texts(name: string): readonly string[] {
    const value = this.options[name];
    return Array.isArray(value) ? value : [];
  }

  flag(name: string): boolean {
    return this.options[name] === true;
  }
}

/** One command: what help says of it, and what it does. */
export interface Command {
  /** One word, or two: `audit verify`. */
  readonly name: string;
  readonly summary: string;
  /** What is said below the options. */
  readonly details?: string;
  /** Positional arguments, in order: `[folder]`, `<user>`. Those in `<>` are required. */
  readonly positionals: readonly { readonly shown: string; readonly summary: string }[];
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Returns the exit code: 0, or 1 where what was looked at is wrong. */
  run(args: Arguments, io: Io): number | Promise<number>;
}

/** The command was called in a way that it cannot be: exit code 2. */
export class UsageError extends Error {}

export const jsonOption: CommandOption = { kind: "flag", summary: "print JSON" };
export const folderPositional = { shown: "[folder]", summary: "the users folder (default: users)" } as const;

export const printJson = (io: Io, value: unknown): void => io.out(JSON.stringify(value, null, 2));
