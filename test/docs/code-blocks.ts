import { readFileSync } from 'node:fs';

/** A fenced block of a Markdown document. */
export interface CodeBlock {
  /** Line of the fence, from 1. */
  readonly line: number;
  /** What follows the fence: ts, js, sh, … */
  readonly language: string;
  readonly code: string;
  /** Why it is not executed, as its first line says; null if it is to be. */
  readonly exempt: string | null;
  /** The name of the file that it shows, as its first line says; null for a block without one. */
  readonly file: string | null;
}

export const executedLanguages = ['ts', 'js', 'sh'];

const fence = /^(?<ticks>`{3,})(?<language>\w*)[^\n]*\n(?<code>[^]*?)^\k<ticks>[ \t]*$/gm;

/**
 * The blocks of a document that a reader would run. A first line `// Not executed: reason` (`#` in sh) exempts a block,
 * a first line `// name.mjs` names the file that it is: other blocks of the document can import or run it.
 */
export function codeBlocks(path: string): CodeBlock[] {
  return codeBlocksOf(readFileSync(path, 'utf8'));
}

export function codeBlocksOf(text: string): CodeBlock[] {
  const blocks = [...text.matchAll(fence)].map(({ index, groups }) => {
    const { language, code } = groups as { language: string; code: string };
    const first = code.split('\n', 1)[0];
    return {
      line: text.slice(0, index).split('\n').length,
      language,
      code,
      exempt: /^(?:\/\/|#) Not executed: (.+)$/.exec(first)?.[1] ?? null,
      file: /^\/\/ ([\w-]+\.(?:ts|js|mjs|cjs))$/.exec(first)?.[1] ?? null,
    };
  });
  return blocks.filter(({ language }) => executedLanguages.includes(language));
}
