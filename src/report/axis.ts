/** A number as an axis shows it: short, in powers of ten where it is far from one. */
export function axisNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e6)) return String(Number(value.toPrecision(3)));
  return Number(value.toPrecision(2)).toExponential().replace('e+', 'e');
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
    axisLabel: { color: 'var(--muted)', fontSize: 11, hideOverlap: true, formatter: axisNumber },
    splitLine: { lineStyle: { color: 'var(--grid)' } },
  } as const;
}
