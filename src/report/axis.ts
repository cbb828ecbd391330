/** A number as an axis shows it: short, in powers of ten where it is far from one. */
export function axisNumber(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value);
  if (size >= 1e-3 && size < 1e6) return String(Number(value.toPrecision(3)));
  return Number(value.toPrecision(2)).toExponential().replace('e+', 'e');
}

const axisLabel = { color: 'var(--muted)', fontSize: 11, hideOverlap: true, formatter: axisNumber } as const;

/** Numbers of parts that an axis may be cut into, best first. */
const AXIS_PARTS = [5, 4, 6, 8, 3, 7];

/** Distance of the ticks of an axis from 0 to `end`: one that divides it and is short to write, if there is one. */
export function tickInterval(end: number): number {
  const whole = Number.isInteger(end) && end > 1;
  const steps = AXIS_PARTS.map((parts) => end / parts).filter((step) => !whole || Number.isInteger(step));
  const digits = (step: number): string => step.toExponential().split('e')[0];
  for (const short of [/^[125]$/, /^\d$/, /^\d(\.\d)?$/]) {
    const step = steps.find((candidate) => short.test(digits(candidate)));
    if (step !== undefined) return step;
  }
  const size = 10 ** Math.floor(Math.log10(end / 5));
  const step = ([1, 2, 5].find((factor) => factor * size >= end / 5) ?? 10) * size;
  return whole ? Math.max(1, step) : step;
}

/** A linear axis from 0 to `end`, where it has its last tick; none that is close to it has a number. */
export function axisTo(end: number) {
  const interval = tickInterval(end);
  const formatter = (value: number) => (value < end && end - value < 0.7 * interval ? '' : axisNumber(value));
  return { type: 'value', min: 0, max: end, interval, axisLabel: { ...axisLabel, formatter } } as const;
}

/** Common looks of an axis. */
export function valueAxis(name?: string, nameLocation: 'middle' | 'end' = 'end') {
  return {
    name: name ?? '',
    nameLocation,
    nameGap: 28,
    nameTextStyle: { color: 'var(--muted)', fontSize: 12 },
    axisLine: { show: true, lineStyle: { color: 'var(--line)' } },
    axisTick: { show: false },
    axisLabel,
    splitLine: { lineStyle: { color: 'var(--grid)' } },
  } as const;
}
