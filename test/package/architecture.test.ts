import { codeOf, type Import, importsOf, packageOf, roomOf, sourcesOf } from "./imports";

const arrow = ({ file, from }: Import) => `${file} imports ${from}`;
const rooms = (room: string, allowed: readonly string[]) =>
  importsOf(room)
    .filter(({ from, relative }) => relative && ![room, ...allowed].includes(roomOf(from)))
    .map(arrow);
const packages = (room: string) => importsOf(room).filter(({ relative }) => !relative);

describe("the arrows between rooms", () => {
  it.each([
    ["core", []],
    ["reader", ["core"]],
    ["constructs", ["core", "reader"]],
    ["lambdas", ["core"]],
    ["cli", ["core", "reader"]],
  ])("%s imports nothing but itself and: %j", (room, allowed) => {
    expect(sourcesOf(room).length).toBeGreaterThan(0);
    expect(rooms(room, allowed)).toEqual([]);
  });

  it("main.ts imports the constructs alone, as somebody else's app would", () => {
    expect(rooms("main.ts", ["constructs"])).toEqual([]);
    expect(rooms("examples", ["constructs"])).toEqual([]);
  });

  it("tests, benchmarks and the local cloud are imported by no part of the product", () => {
    const outside = ["local", "test", "bench", "scripts", "examples"];
    const product = ["core", "reader", "constructs", "lambdas", "cli", "main.ts"].flatMap(importsOf);
    expect(
      product.filter(({ from, relative }) => relative && outside.includes(roomOf(from))).map(arrow),
    ).toEqual([]);
  });
});

describe("public entries", () => {
  it.each(["constructs", "core", "core/users", "reader"])("%s/index.ts names each export", entry => {
    expect(codeOf(`${entry}/index.ts`)).toMatch(/^export \{/m);
    expect(codeOf(`${entry}/index.ts`)).not.toMatch(/\bexport\s+(type\s+)?\*/);
  });
});

describe("packages", () => {
  it("core imports zod alone", () => {
    expect(
      packages("core")
        .filter(({ from }) => packageOf(from) !== "zod")
        .map(arrow),
    ).toEqual([]);
  });

  it("CDKTF and its provider are imported in constructs/, main.ts and the local apps alone", () => {
    const elsewhere = ["core", "reader", "lambdas", "cli", "local"]
      .flatMap(packages)
      .filter(
        ({ file }) =>
          !["local/demo/app.ts", "local/upgrade/app.ts", "local/aws/remote-state.ts"].includes(file),
      );
    const cdktf = ["cdktf", "constructs", "@cdktf/provider-aws", "cdktf-cli"];
    expect(elsewhere.filter(({ from }) => cdktf.includes(packageOf(from))).map(arrow)).toEqual([]);
  });

  it("the provider's index, which takes seconds to load, is imported nowhere", () => {
    const everywhere = ["constructs", "main.ts", "examples", "local", "test", "bench"].flatMap(packages);
    const provider = everywhere.filter(({ from }) => packageOf(from) === "@cdktf/provider-aws");
    expect(
      provider.filter(({ from }) => !/^@cdktf\/provider-aws\/lib\/[a-z0-9-]+$/.test(from)).map(arrow),
    ).toEqual([]);
  });

  it("constructs and command line do without the functions' packages", () => {
    const functions = ["mysql2", "@aws-sdk/client-dynamodb", "@aws-sdk/client-ssm", "@aws-sdk/client-sts"];
    expect(
      [...packages("constructs"), ...packages("reader")].filter(({ from }) =>
        functions.includes(packageOf(from)),
      ),
    ).toEqual([]);
  });
});

describe("core is pure", () => {
  it.each([
    ["a clock", /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.|\bsetTimeout\b|\bsetInterval\b/],
    ["an environment", /\bprocess\b|\b__dirname\b|\b__filename\b|\bglobalThis\b/],
    ["randomness", /\bMath\.random\b|\bcrypto\b|\brandomUUID\b/],
    ["input and output", /\bconsole\.|\bfetch\(|["\x27]node:/],
    ["a locale", /\blocaleCompare\b|\btoLocale[A-Z]|\bIntl\./],
  ])("it uses no %s", (_, forbidden) => {
    const found = sourcesOf("core").flatMap(file =>
      codeOf(file)
        .split("\n")
        .filter(line => forbidden.test(line))
        .map(line => `${file}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });
});
