/** What tests use of markdown-it, which has no types of its own. */
declare module "markdown-it" {
  interface Token {
    readonly type: string;
    readonly content: string;
    readonly children: readonly Token[] | null;
  }
  export default class MarkdownIt {
    constructor(options: { readonly html: boolean; readonly linkify: boolean });
    parse(markdown: string, env: object): readonly Token[];
    render(markdown: string): string;
  }
}
