import { BarChart } from 'echarts/charts';
import * as echarts from 'echarts/core';
import { CHART_WIDTH, ChartRenderer, chartTitle, seriesColor } from '../dist/report/chart.js';
import { figure, figures, paragraph, table } from '../dist/report/html.js';
import { page } from '../dist/report/page.js';
import { runnerNames } from './scenario-result.js';
import {
  header,
  leftOutText,
  peakText,
  runnerTitles,
  scenarioHeading,
  scenarioRows,
  splitHeader,
  splitRows,
} from './scenario-table.js';

/** @typedef {import('./scenario-result.js').ScenarioResult} ScenarioResult */

echarts.use([BarChart]);

const ROW_HEIGHT = 34;
const HEADER_HEIGHT = 62;

/** Milliseconds a step of each runner as bars, with the factor over native on all cores. */
function bars(/** @type {ChartRenderer} */ renderer, /** @type {ScenarioResult} */ result) {
  const names = runnerNames.filter((name) => result.spread[name] !== undefined);
  const axisText = { color: 'var(--muted)', fontSize: 12 };
  const longest = Math.max(...names.map((name) => result.spread[name].median));
  return renderer.svg(
    {
      title: chartTitle(result.name),
      grid: { left: 108, right: 16, top: 34, bottom: 28 },
      xAxis: {
        type: 'value',
        name: 'ms',
        max: 1.35 * longest, // room for the labels
        axisLabel: {
          ...axisText,
          showMaxLabel: false,
          formatter: (/** @type {number} */ value) => String(Number(value.toPrecision(2))),
        },
        splitLine: { lineStyle: { color: 'var(--grid)' } },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: names.map((name) => runnerTitles[name]),
        axisLabel: { ...axisText, color: 'var(--ink)' },
        axisLine: { lineStyle: { color: 'var(--line)' } },
        axisTick: { show: false },
      },
      series: [
        {
          type: 'bar',
          barWidth: 18,
          data: names.map((name) => {
            const factor = result.ratios[`${name}/nativeAllCores`];
            const text = `${result.spread[name].median.toPrecision(3)} ms`;
            return {
              value: result.spread[name].median,
              itemStyle: { color: seriesColor(name.startsWith('native') ? 0 : name === 'typescript' ? 2 : 1) },
              label: {
                show: true,
                position: 'right',
                color: 'var(--ink)',
                formatter: factor === undefined ? text : `${text}, ${factor.toPrecision(2)}×`,
              },
            };
          }),
        },
      ],
    },
    CHART_WIDTH,
    HEADER_HEIGHT + ROW_HEIGHT * names.length,
  );
}

/**
 * Results as one self-contained HTML document.
 * @param {string} machine in one line
 * @param {readonly ScenarioResult[]} results
 */
export function resultPage(machine, results) {
  const renderer = new ChartRenderer();
  const charts = results.map((result) => {
    const caption = `${scenarioHeading(result)}; mean length ${result.meanLength.toFixed(2)}, ${result.rowsPerStep.toFixed(0)} distinct states.`;
    return figure(bars(renderer, result), caption);
  });
  return page('Benchmark', machine, [
    {
      heading: 'Milliseconds a training step',
      body: [
        paragraph('Medians over the rounds; × is the median over the rounds of the ratio to native on all cores.'),
        figures(charts),
      ].join('\n'),
    },
    ...results.map((result) => ({
      heading: scenarioHeading(result),
      body: [
        table(header, scenarioRows(result)),
        paragraph(`Matrix-product peak: ${peakText(result)}.`),
        table(splitHeader, splitRows(result)),
        ...result.peersLeftOut.map((reason) => paragraph(leftOutText(reason))),
      ].join('\n'),
    })),
  ]);
}
