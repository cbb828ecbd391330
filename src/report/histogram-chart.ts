import type { EChartsOption } from 'echarts';
import { axisNumber, valueAxis } from './axis.ts';
import { CHART_HEIGHT, CHART_WIDTH, chartLegend, chartTitle, seriesColor, type ChartRenderer } from './chart.ts';

export interface HistogramSeries {
  readonly name: string;
  readonly values: Float64Array;
}

const BINS = 40;

/** Shares of values in bins of equal width, which the series have in common. Values that are not finite are left out. */
export function histogramChart(
  renderer: ChartRenderer,
  series: readonly HistogramSeries[],
  options: { readonly title: string; readonly xName: string },
): string {
  const finite = series.map(({ name, values }) => ({ name, values: values.filter(Number.isFinite) }));
  const [low, high] = rangeOf(finite.map(({ values }) => values));
  const edge = (i: number): number => low + ((high - low) * i) / BINS;
  const lines = finite.map(({ name, values }, index) => {
    const shares = sharesOf(values, low, high);
    return {
      type: 'line' as const,
      name,
      step: 'end' as const,
      showSymbol: false,
      color: seriesColor(index),
      lineStyle: { width: 1.5 },
      areaStyle: { opacity: 0.18 },
      data: [[low, 0], ...shares.map((share, i) => [edge(i), share]), [high, shares[BINS - 1]], [high, 0]],
    };
  });
  const option: EChartsOption = {
    title: chartTitle(options.title),
    legend: lines.length > 1 ? chartLegend : { show: false },
    grid: { left: 62, right: 22, top: lines.length > 1 ? 58 : 38, bottom: 46 },
    xAxis: { ...valueAxis(options.xName, 'middle'), type: 'value', min: low, max: high },
    yAxis: {
      ...valueAxis(),
      type: 'value',
      min: 0,
      axisLabel: {
        color: 'var(--muted)',
        fontSize: 11,
        formatter: (share: number) => `${axisNumber(100 * share)} %`,
      },
    },
    series: lines,
  };
  return renderer.svg(option, CHART_WIDTH, CHART_HEIGHT);
}

/** Ends of the axis: those of the values, wider where they are all the same. */
function rangeOf(all: readonly Float64Array[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const values of all) {
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

function sharesOf(values: Float64Array, low: number, high: number): number[] {
  const counts = Array<number>(BINS).fill(0);
  for (const value of values) counts[Math.min(BINS - 1, Math.floor((BINS * (value - low)) / (high - low)))]++;
  return counts.map((count) => count / Math.max(values.length, 1));
}
