import { escapeHtml } from './html.ts';

export interface Section {
  readonly heading: string;
  /** HTML. */
  readonly body: string;
}

// Charts take these colours by name, so that one file suits both colour schemes. The series colours can be told apart
// with the common kinds of colour blindness.
const style = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f7f8fa; --ink: #1a1d23; --muted: #626a78; --line: #d9dde4; --grid: #e8ebf0;
  --series-1: #1f6fd1; --series-2: #c75b12; --series-3: #15866a; --series-4: #8b4fc4; --exact: #626a78;
  --nitrogen: #2456d6; --oxygen: #cf1f1f; --sulfur: #8a6d00; --fluorine: #12807f; --chlorine: #1b7f2a;
  --bromine: #8a4b12; --iodine: #7a28b8; --phosphorus: #b35900;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --panel: #1c2027; --ink: #e8eaee; --muted: #9aa3b2; --line: #343b47; --grid: #2a303a;
    --series-1: #6ea8f5; --series-2: #f0935a; --series-3: #4cc5a2; --series-4: #bd93e6; --exact: #9aa3b2;
    --nitrogen: #86aaff; --oxygen: #ff8078; --sulfur: #e3c64a; --fluorine: #5fd0cf; --chlorine: #6fd67c;
    --bromine: #dda06a; --iodine: #cf9bf5; --phosphorus: #ffab5e;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
p { max-width: 46rem; }
.subtitle { color: var(--muted); margin: 0; }
.table + .figures { margin-top: 1rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1rem; }
figure { margin: 0; padding: .75rem; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; }
figure svg { display: block; width: 100%; height: auto; }
figure.map svg { shape-rendering: crispEdges; max-height: 32rem; }
figcaption { color: var(--muted); font-size: .85rem; padding: .25rem .25rem 0; }
.molecules { display: grid; grid-template-columns: repeat(auto-fill, minmax(max(9.5rem, 22%), 1fr)); gap: .6rem; }
.molecule { padding: .4rem; }
.molecule svg { color: var(--ink); fill: none; stroke-width: 1.2; stroke-linecap: round; stroke-linejoin: round; }
.molecule figcaption { display: flex; gap: .5rem; font-size: .75rem; font-variant-numeric: tabular-nums; }
.molecule b { color: var(--ink); }
.molecule span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .35rem 1.25rem .35rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--muted); font-weight: 600; }
td.long { overflow-wrap: anywhere; }
td:first-child { font-weight: 600; white-space: nowrap; }
`.trim();

/** One self-contained HTML document: no script, nothing loaded from anywhere. */
export function page(title: string, subtitle: string, sections: readonly Section[]): string {
  const body = sections.map(({ heading, body }) => `<section>\n<h2>${escapeHtml(heading)}</h2>\n${body}\n</section>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
${style}
</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="subtitle">${escapeHtml(subtitle)}</p>
${body.join('\n')}
</main>
</body>
</html>
`;
}
