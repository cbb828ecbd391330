const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe inside HTML elements and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

/** A word longer than this would push the rest of its table out of sight, so that it may be broken anywhere. */
const LONGEST_WORD = 40;

function cell(text: string): string {
  const long = text.split(/\s/).some((word) => word.length > LONGEST_WORD);
  return `<td${long ? ' class="long"' : ''}>${escapeHtml(text)}</td>`;
}

/** A table; cells are text, not HTML. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const headCells = head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('');
  const bodyRows = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`);
  return [
    '<div class="table"><table>',
    `<thead><tr>${headCells}</tr></thead>`,
    `<tbody>\n${bodyRows.join('\n')}\n</tbody>`,
    '</table></div>',
  ].join('\n');
}

/** A drawing (SVG, trusted) with its caption (text); a `map` is drawn without seams between its cells. */
export function figure(svg: string, caption: string, kind: 'chart' | 'map' = 'chart'): string {
  return `<figure class="${kind}">\n${svg}\n<figcaption>${escapeHtml(caption)}</figcaption>\n</figure>`;
}

export function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

/** Figures beside one another where there is room. */
export function figures(items: readonly string[]): string {
  return `<div class="figures">\n${items.join('\n')}\n</div>`;
}
