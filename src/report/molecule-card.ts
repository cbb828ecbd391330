import { escapeHtml } from './html.ts';
import { figureText } from './metric-definition.ts';

/** A molecule as a report shows it. */
export interface DrawnMolecule {
  readonly smiles: string;
  /** R(x) at β = 1; null where it is not known. */
  readonly score: number | null;
  /** RDKit's SVG; null without RDKit. */
  readonly drawing: string | null;
}

/** Colours of RDKit's drawings and what the page calls them; what is black is drawn as the page's text. */
const colors: Readonly<Record<string, string>> = {
  '#000000': 'currentColor',
  '#0000FF': 'var(--nitrogen)',
  '#FF0000': 'var(--oxygen)',
  '#CCCC00': 'var(--sulfur)',
  '#33CCCC': 'var(--fluorine)',
  '#00CC00': 'var(--chlorine)',
  '#7F4C19': 'var(--bromine)',
  '#A01EEF': 'var(--iodine)',
  '#FF7F00': 'var(--phosphorus)',
};

/** Molecules beside one another, each with its score and its SMILES. */
export function moleculeGrid(molecules: readonly DrawnMolecule[]): string {
  return `<div class="molecules">\n${molecules.map(card).join('\n')}\n</div>`;
}

function card({ smiles, score, drawing }: DrawnMolecule): string {
  const text = escapeHtml(smiles);
  const svg = drawing === null ? '' : inlineDrawing(drawing, smiles);
  const caption = `<figcaption><b>${figureText(score)}</b> <span title="${text}">${text}</span></figcaption>`;
  return `<figure class="molecule">\n${svg}\n${caption}\n</figure>`;
}

/** RDKit's drawing as a part of a page: half as long, in the page's colours, with a name for those who cannot see it. */
function inlineDrawing(drawing: string, smiles: string): string {
  const box = /viewBox='([^']+)'/.exec(drawing)?.[1] ?? '0 0 250 170';
  const paths = [...drawing.matchAll(/<path\b[^>]*>/g)].map(([path]) => inlinePath(path));
  return `<svg viewBox="${box}" role="img" aria-label="${escapeHtml(smiles)}">\n${paths.join('\n')}\n</svg>`;
}

/** A bond is a line of the page's width, a letter or a wedge a filled shape. */
function inlinePath(path: string): string {
  const line = /\bd='([^']*)'/.exec(path)?.[1] ?? '';
  const d = line
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/,? ?([MLQCZ]) ?/g, '$1');
  const stroke = colorOf(path, /stroke:(#[0-9A-F]{6})/i);
  const fill = colorOf(path, /fill(?::|=')(#[0-9A-F]{6})/i);
  return fill === null ? `<path d="${d}" stroke="${stroke ?? 'currentColor'}"/>` : `<path d="${d}" fill="${fill}"/>`;
}

function colorOf(path: string, pattern: RegExp): string | null {
  const found = pattern.exec(path)?.[1].toUpperCase();
  return found === undefined ? null : (colors[found] ?? found);
}
