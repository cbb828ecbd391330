import * as echarts from 'echarts/core';
import { HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  VisualMapComponent,
} from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
import type { EChartsOption } from 'echarts';

echarts.use([
  HeatmapChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  VisualMapComponent,
  SVGRenderer,
]);

/** Draws charts as SVG text; one per document, so that its charts have identifiers of their own. */
export class ChartRenderer {
  private charts = 0;

  /** The same option gives the same text, whatever was drawn in the process before. */
  svg(option: EChartsOption, width: number, height: number): string {
    const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
    try {
      chart.setOption({ animation: false, textStyle: { fontFamily: 'system-ui, sans-serif' }, ...option });
      const name = `chart${this.charts++}-`;
      return (
        chart
          .renderToSVGString()
          .replace(/ xmlns(:xlink)?="[^"]*"/g, '') // not needed inside HTML
          // Looks under the pointer: the drawing does not react, and their names are counted over the whole process.
          .replace(/<style[^]*?<\/style>\n?/g, '')
          .replace(/ (class|ecmeta_\w+)="[^"]*"/g, '')
          .replace(/\bzr\d+-/g, name)
      ); // so are identifiers
    } finally {
      chart.dispose(); // a chart that is not disposed keeps the process alive
    }
  }
}

/** Size of a chart: about that of a phone's screen, so that its text stays readable there. */
export const CHART_WIDTH = 460;
export const CHART_HEIGHT = 290;

/** The heading inside a chart. */
export function chartTitle(text: string) {
  return { text, left: 4, top: 2, textStyle: { fontSize: 14, color: 'var(--ink)' } };
}

/** The legend below the heading: pieces of the lines as they are drawn, dashed ones dashed. */
export const chartLegend = {
  top: 25,
  left: 2,
  itemWidth: 20,
  itemHeight: 3,
  itemGap: 16,
  itemStyle: { opacity: 0 }, // the symbol that a line of points would have
  textStyle: { color: 'var(--ink)', fontSize: 12 },
};

/** Colours of series, by their place; see the style sheet of the page. */
export function seriesColor(index: number): string {
  return `var(--series-${(index % 4) + 1})`;
}
