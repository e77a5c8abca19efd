import { PassThrough } from "node:stream";
import { Prompts } from "../../../../cli/terminal/prompts";

/** Questions to streams; what is typed is there before the first question, or comes in the pieces given. */
function typing() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  return { input, output, prompts: new Prompts({ input, output }) };
}

test("lines that are pasted at once are the answers to one question each", async () => {
  const { input, prompts } = typing();
  input.write("jane\norders\n\nlast");
  const answers = [
    await prompts.ask("User: "),
    await prompts.ask("Cluster: "),
    await prompts.ask("Reason: "),
  ];
  expect(answers).toEqual(["jane", "orders", ""]);
  input.write(" word\n");
  expect(await prompts.ask("More: ")).toBe("last word");
  prompts.close();
  expect(await prompts.ask("After: ")).toBeUndefined();
});

test("each question is shown once, in order, also where its answer is there already", async () => {
  const { input, output, prompts } = typing();
  input.write("a\nb\n");
  for (const question of ["One: ", "Two: "]) await prompts.ask(question);
  const shown = String(output.read());
  expect([shown.split("One: ").length, shown.split("Two: ").length]).toEqual([2, 2]);
  expect(shown.indexOf("One: ")).toBeLessThan(shown.indexOf("Two: "));
  prompts.close();
});

test("the end of the input answers the question that waits, and each later one", async () => {
  const { input, prompts } = typing();
  const waits = prompts.ask("User: ");
  input.end();
  expect([await waits, await prompts.ask("Role: ")]).toEqual([undefined, undefined]);
});
