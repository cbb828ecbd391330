import type { EChartsOption, SeriesOption } from 'echarts';
import { CHART_HEIGHT, CHART_WIDTH, chartLegend, chartTitle, seriesColor, type ChartRenderer } from './chart.ts';
import { axisTo, valueAxis } from './axis.ts';

export interface Line {
  readonly name: string;
  /** (x, y) points in order; a y of null breaks the line. */
  readonly points: readonly (readonly [number, number | null])[];
  /** Which of the page's series colours; its place by default. */
  readonly color?: number;
}

export interface LineChartOptions {
  readonly title: string;
  readonly xName: string;
  readonly logarithmic?: boolean;
  /** Ends of the y axis; as far as the lines go by default. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** Horizontal lines to compare with. */
  readonly references?: readonly { readonly name: string; readonly value: number }[];
}

const MOST_POINTS = 500;

/** Every k-th point and the last one: no more than can be seen. */
function thinned<T>(points: readonly T[]): readonly T[] {
  const stride = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, i) => i % stride === 0 || i === points.length - 1);
}

function yScale({ logarithmic, minimum, maximum }: LineChartOptions) {
  if (minimum === 0 && maximum !== undefined && logarithmic !== true) return axisTo(maximum);
  return {
    ...(minimum === undefined ? {} : { min: minimum }),
    ...(maximum === undefined ? {} : { max: maximum }),
    ...(logarithmic === true ? ({ type: 'log' } as const) : ({ type: 'value', scale: true } as const)),
  };
}

/** Lines over a common x axis. On a logarithmic axis values that are not positive are left out. */
export function lineChart(renderer: ChartRenderer, lines: readonly Line[], options: LineChartOptions): string {
  const logarithmic = options.logarithmic ?? false;
  const drawable = (y: number | null) => (y === null || !Number.isFinite(y) || (logarithmic && y <= 0) ? null : y);
  const references = (options.references ?? []).filter(({ value }) => drawable(value) !== null);
  const last = Math.max(0, ...lines.map(({ points }) => points.at(-1)?.[0] ?? 0));
  const series: SeriesOption[] = lines.map((line, index) => ({
    type: 'line',
    name: line.name,
    showSymbol: line.points.length < 2,
    connectNulls: true,
    lineStyle: { width: 2 },
    color: seriesColor(line.color ?? index),
    data: thinned(line.points).map(([x, y]) => [x, drawable(y)]),
  }));
  for (const { name, value } of references) {
    series.push({
      type: 'line',
      name,
      showSymbol: false,
      lineStyle: { width: 1.5, type: 'dashed' },
      color: 'var(--exact)',
      // A range of no length could not be drawn.
      data: [
        [0, value],
        [Math.max(last, 1), value],
      ],
    });
  }
  const option: EChartsOption = {
    title: chartTitle(options.title),
    legend: series.length > 1 ? chartLegend : { show: false },
    grid: { left: 62, right: 22, top: series.length > 1 ? 58 : 38, bottom: 46 },
    xAxis: { ...valueAxis(options.xName, 'middle'), ...axisTo(Math.max(last, 1)) },
    yAxis: { ...valueAxis(), ...yScale(options) },
    series,
  };
  return renderer.svg(option, CHART_WIDTH, CHART_HEIGHT);
}
