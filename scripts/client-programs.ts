import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory } from "../local/process/cache-directory";
import { findOnPath } from "../local/process/child-process";
import { MissingPartError } from "../local/process/local-error";

/** A program of examples/clients/ with what it needs. */
export interface ClientProgram {
  /** The driver's name, as its documentation spells it. */
  readonly name: string;
  readonly command: readonly string[];
  /** Downloads and compiles what is missing. @throws MissingPartError that says what to install */
  provide(): void;
}

const CLIENTS = join(__dirname, "..", "examples", "clients");
const of = (...path: string[]) => join(CLIENTS, ...path);
const cached = (...path: string[]) => join(cacheDirectory("clients"), ...path);
const run = (cwd: string, command: string, ...args: string[]) =>
  void execFileSync(command, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });

function need(tool: string, hint: string): void {
  if (findOnPath(tool) === undefined) throw new MissingPartError(`${tool} is missing: install ${hint}`);
}

const PYTHON = cached("python", "bin", "python");

function providePython(): void {
  need("python3", "Python 3.10 or newer with venv (Debian: apt-get install python3-venv)");
  if (!existsSync(PYTHON)) run(cached(), "python3", "-m", "venv", "python");
  run(cached(), PYTHON, "-m", "pip", "install", "--quiet", "-r", of("python", "requirements.txt"));
}

function provideJava(): void {
  need("javac", "a JDK of Java 17 or newer (Debian: apt-get install default-jdk-headless)");
  need("mvn", "Maven (Debian: apt-get install maven)");
  const folder = cacheDirectory("clients", "java");
  copyFileSync(of("java", "pom.xml"), join(folder, "pom.xml"));
  run(folder, "mvn", "-B", "-q", "dependency:copy-dependencies", "-DoutputDirectory=jars");
  const sources = readdirSync(of("java")).filter(file => file.endsWith(".java"));
  run(folder, "javac", "-cp", "jars/*", "-d", "classes", ...sources.map(file => of("java", file)));
}

function provideGo(): void {
  need("go", "Go 1.24 or newer (https://go.dev/dl; Debian 12's is older)");
  run(of("go"), "go", "build", "-o", cached("try-go-client"), ".");
}

const classPath = [cached("java", "classes"), cached("java", "jars", "*")].join(":");

export const PROGRAMS: readonly ClientProgram[] = [
  {
    name: "mysql2",
    command: [process.execPath, "--import", "tsx", of("node", "try-client.ts")],
    provide: () => {},
  },
  {
    name: "PyMySQL",
    command: [PYTHON, of("python", "try_client.py"), "pymysql_pool"],
    provide: providePython,
  },
  {
    name: "Connector/Python",
    command: [PYTHON, of("python", "try_client.py"), "connector_pool"],
    provide: providePython,
  },
  { name: "Connector/J", command: ["java", "-cp", classPath, "TryClient"], provide: provideJava },
  { name: "go-sql-driver", command: [cached("try-go-client")], provide: provideGo },
];
