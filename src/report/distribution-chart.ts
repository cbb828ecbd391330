import type { EChartsOption } from 'echarts';
import { axisNumber, axisTo, valueAxis } from './axis.ts';
import { CHART_HEIGHT, CHART_WIDTH, chartLegend, chartTitle, type ChartRenderer } from './chart.ts';

/** Learned and exact probabilities of all objects, in one order. */
export interface Distribution {
  /** [count] p(x) = R(x)^β / Z. */
  readonly target: Float64Array;
  /** [count] p_θ(x), the exact distribution of the learned policy. */
  readonly learned: Float64Array;
  /** Of a model with conditions, the one that both are of. */
  readonly condition?: readonly number[];
  /** For two-dimensional grids: cells along each side, and (x, y) of each object; unreachable cells are missing. */
  readonly grid: { readonly side: number; readonly cells: readonly (readonly [number, number])[] } | null;
}

const MOST_POINTS = 2000;
/** Below it a logarithmic axis tells nothing any more. */
const LEAST = 1e-12;

/** Objects as points (p(x), p_θ(x)); on the diagonal where they are equal. */
export function distributionScatter(renderer: ChartRenderer, { target, learned }: Distribution): string {
  const order = Array.from(target.keys()).sort((a, b) => target[b] - target[a] || a - b);
  const stride = Math.ceil(order.length / MOST_POINTS);
  const points = order
    .filter((_, rank) => rank % stride === 0)
    .map((i) => [Math.max(target[i], LEAST), Math.max(learned[i], LEAST)]);
  const least = points.reduce((low, point) => Math.min(low, ...point), 1);
  const most = points.reduce((high, point) => Math.max(high, ...point), LEAST);
  const low = 10 ** Math.floor(Math.log10(least));
  const high = 10 ** Math.ceil(Math.log10(most));
  const axis = { type: 'log', min: low, max: high } as const;
  const label = { color: 'var(--muted)', fontSize: 11, formatter: axisNumber };
  const option: EChartsOption = {
    title: chartTitle('Learned against exact probability of each object'),
    grid: { left: 66, right: 22, top: 38, bottom: 46 },
    xAxis: { ...valueAxis('exact p(x)', 'middle'), ...axis, axisLabel: label },
    yAxis: { ...valueAxis('learned p_θ(x)', 'middle'), ...axis, axisLabel: label, nameGap: 46 },
    series: [
      {
        type: 'line',
        showSymbol: false,
        silent: true,
        color: 'var(--exact)',
        lineStyle: { type: 'dashed', width: 1.5 },
        data: [
          [low, low],
          [high, high],
        ],
      },
      { type: 'scatter', symbolSize: 5, itemStyle: { color: 'var(--series-1)', opacity: 0.55 }, data: points },
    ],
  };
  return renderer.svg(option, CHART_WIDTH, CHART_HEIGHT);
}

/** Both distributions by falling exact probability: what the scatter cannot show, how much of the mass lies where. */
export function distributionByRank(renderer: ChartRenderer, { target, learned }: Distribution): string {
  const order = Array.from(target.keys()).sort((a, b) => target[b] - target[a] || a - b);
  const cumulative = (values: Float64Array) => {
    let sum = 0;
    const stride = Math.ceil(order.length / 500);
    const points: [number, number][] = [[0, 0]];
    order.forEach((i, rank) => {
      sum += values[i];
      if ((rank + 1) % stride === 0 || rank === order.length - 1) points.push([rank + 1, sum]);
    });
    return points;
  };
  const line = (name: string, color: string, values: Float64Array, dashed: boolean) => ({
    type: 'line' as const,
    name,
    showSymbol: false,
    color,
    lineStyle: { width: 2, type: dashed ? ('dashed' as const) : ('solid' as const) },
    data: cumulative(values),
  });
  const option: EChartsOption = {
    title: chartTitle('Probability of the best k objects'),
    legend: chartLegend,
    grid: { left: 62, right: 22, top: 58, bottom: 46 },
    xAxis: { ...valueAxis('k, objects by falling reward', 'middle'), ...axisTo(order.length) },
    yAxis: { ...valueAxis(), type: 'value', min: 0, max: 1 },
    series: [line('learned', 'var(--series-1)', learned, false), line('exact', 'var(--exact)', target, true)],
  };
  return renderer.svg(option, CHART_WIDTH, CHART_HEIGHT);
}

/** A two-dimensional grid's probabilities as colours; `most` is the value of the brightest, common to both maps. */
export function heatMap(
  renderer: ChartRenderer,
  title: string,
  grid: NonNullable<Distribution['grid']>,
  values: Float64Array,
  most: number,
): string {
  const coordinates = Array.from({ length: grid.side }, (_, i) => String(i));
  const axis = {
    type: 'category',
    data: coordinates,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: 'var(--muted)', fontSize: 11 },
    nameTextStyle: { color: 'var(--muted)', fontSize: 12 },
  } as const;
  const option: EChartsOption = {
    title: chartTitle(title),
    grid: { left: 50, right: 74, top: 38, bottom: 40 },
    xAxis: { ...axis, name: 'coordinate 0', nameLocation: 'middle', nameGap: 24 },
    yAxis: { ...axis, name: 'coordinate 1', nameLocation: 'middle', nameGap: 30 },
    visualMap: {
      type: 'continuous',
      min: 0,
      max: most,
      right: 2,
      top: 'middle',
      itemHeight: 190,
      itemWidth: 12,
      calculable: false,
      precision: Math.max(0, 2 - Math.floor(Math.log10(most))),
      text: [axisNumber(most), '0'],
      textStyle: { color: 'var(--muted)', fontSize: 11 },
      // viridis: even steps of lightness, readable in grey and with colour blindness
      inRange: { color: ['#440154', '#414487', '#2a788e', '#22a884', '#7ad151', '#fde725'] },
    },
    series: [
      {
        type: 'heatmap',
        data: grid.cells.map(([x, y], i) => [x, y, values[i]]),
        itemStyle: { borderWidth: 0 },
      },
    ],
  };
  return renderer.svg(option, CHART_WIDTH, 400);
}
