import { printableJson } from "../../core/printable";

/** AWS credentials as the SDK has them. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Where a command reads and writes; tests hand in their own. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /**
   * Replaces the progress line of a long command; an empty text removes it. Only set where a person watches.
   */
  progress?(text: string): void;
  /** Asks a question that is answered by y or n. Only set where a person is at the terminal. */
  ask?(question: string): Promise<boolean>;
  /** How many characters a line of the terminal has. Only set at a terminal. */
  readonly width?: number;
  /**
   * Asks for a text. Undefined if the person ends the input. Only set where a person is at the terminal that
   * also shows the output.
   */
  prompt?(question: string): Promise<string | undefined>;
  /** Writes a text as it is: with colours, or for a program that reads it. */
  raw?(text: string): void;
  /** What shows the output; undefined: a file or a program reads it. */
  readonly screen?: "plain" | "coloured";
  /** AWS credentials that were found before; else each call looks for them. */
  readonly credentials?: AwsKeys;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
}

export interface CommandOption {
  /** `text`: takes a value; `texts`: may be given several times; `flag`: takes no value. */
  readonly kind: "text" | "texts" | "flag";
  /** How help names the value: `<name>`. */
  readonly value?: string;
  readonly summary: string;
  readonly required?: boolean;
}

type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** The arguments of a command, as its table declares them. */
export class Arguments {
  readonly #options: OptionValues;
  readonly #positionals: readonly string[];

  constructor(options: OptionValues, positionals: readonly string[]) {
    this.#options = options;
    this.#positionals = positionals;
  }

  /** The positional argument at an index. */
  at(index: number): string | undefined {
    return this.#positionals[index];
  }

  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === "string" ? value : undefined;
  }

  /** The value of an option that the table declares as required. */
  required(name: string): string {
    return this.text(name) as string;
  }

  texts(name: string): readonly string[] {
    const value = this.#options[name];
    return Array.isArray(value) ? value : [];
  }

  flag(name: string): boolean {
    return this.#options[name] === true;
  }
}

/** One command: its help, and its work. */
export interface Command {
  /** One word, or two: `audit verify`. */
  readonly name: string;
  readonly summary: string;
  /** Help prints it below the options. */
  readonly details?: string;
  /** Positional arguments, in order: `[folder]`, `<user>`. Those in `<>` are required. */
  readonly positionals: readonly { readonly shown: string; readonly summary: string }[];
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Returns the exit code: 0, or 1 where the command found a problem. */
  run(args: Arguments, io: Io): number | Promise<number>;
}

export const jsonOption: CommandOption = { kind: "flag", summary: "print JSON" };
export const folderPositional = { shown: "[folder]", summary: "the users folder (default: users)" } as const;

export const printJson = (io: Io, value: unknown): void => io.out(printableJson(value));
