const NAMESPACE = 'http://www.w3.org/2000/svg';
const MARGIN = { left: 64, right: 12, top: 12, bottom: 24 };
const TICKS = 4;

function element(name, attributes, text = '') {
  const node = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  return node;
}

/** Where a value lies on an axis of values from `low` to `high` that is drawn from `start` to `end`. */
function scale(low, high, start, end) {
  const span = high - low || 1;
  return (value) => start + ((value - low) / span) * (end - start);
}

/**
 * Draws a line of [x, y] points into an SVG element, over all of its width and height.
 * @param {{ logarithmic?: boolean, reference?: number | null }} options a horizontal line at `reference`
 */
export function drawChart(svg, points, { logarithmic = false, reference = null } = {}) {
  const { width, height } = svg.getBoundingClientRect();
  const position = logarithmic ? Math.log10 : (value) => value;
  const drawn = points.map(([x, y]) => [x, position(y)]).filter(([, y]) => Number.isFinite(y));
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.replaceChildren();
  if (drawn.length === 0) return;

  const heights = drawn.map(([, y]) => y);
  if (reference !== null) heights.push(position(reference));
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const x = scale(drawn[0][0], drawn.at(-1)[0], MARGIN.left, width - MARGIN.right);
  const y = scale(low, high, height - MARGIN.bottom, MARGIN.top);

  for (let i = 0; i <= TICKS; i++) {
    const value = low + ((high - low) * i) / TICKS;
    const label = (logarithmic ? 10 ** value : value).toPrecision(3);
    svg.append(
      element('line', { class: 'axis', x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }),
      element('text', { x: MARGIN.left - 8, y: y(value) + 4, 'text-anchor': 'end' }, label),
    );
  }
  const [first, last] = [drawn[0][0], drawn.at(-1)[0]];
  svg.append(
    element('text', { x: x(first), y: height - 4 }, `step ${first}`),
    element('text', { x: width - MARGIN.right, y: height - 4, 'text-anchor': 'end' }, String(last)),
  );
  if (reference !== null) {
    const level = y(position(reference));
    svg.append(
      element('line', { class: 'reference', x1: MARGIN.left, x2: width - MARGIN.right, y1: level, y2: level }),
    );
  }
  svg.append(
    element('polyline', { class: 'line', points: drawn.map(([step, value]) => `${x(step)},${y(value)}`).join(' ') }),
  );
}
