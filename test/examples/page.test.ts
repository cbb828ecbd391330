import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

/** As much of an SVG element as the chart uses. */
class FakeElement {
  textContent = '';
  children: FakeElement[] = [];
  private readonly attributes = new Map<string, string>();

  constructor(readonly name: string) {}

  setAttribute(name: string, value: string | number): void {
    this.attributes.set(name, String(value));
  }

  get(name: string): string | undefined {
    return this.attributes.get(name);
  }

  append(...children: FakeElement[]): void {
    this.children.push(...children);
  }

  replaceChildren(): void {
    this.children = [];
  }

  getBoundingClientRect(): { width: number; height: number } {
    return { width: 500, height: 200 };
  }

  ofClass(name: string): FakeElement[] {
    return this.children.filter((child) => child.get('class') === name);
  }
}

type Points = readonly (readonly [number, number])[];
interface ChartOptions {
  readonly logarithmic?: boolean;
  readonly reference?: number | null;
}
interface Chart {
  readonly drawChart: (svg: FakeElement, points: Points, options?: ChartOptions) => void;
}

const page = (file: string): URL => new URL(`../../examples/service/page/${file}`, import.meta.url);

beforeAll(() => {
  vi.stubGlobal('document', { createElementNS: (_: string, name: string) => new FakeElement(name) });
});
afterAll(() => {
  vi.unstubAllGlobals();
});

describe('the chart of the live page', () => {
  async function drawn(points: Points, options?: ChartOptions): Promise<FakeElement> {
    const { drawChart } = (await import(page('chart.js').href)) as Chart;
    const svg = new FakeElement('svg');
    drawChart(svg, points, options);
    return svg;
  }
  const line = (svg: FakeElement): number[][] =>
    svg
      .ofClass('line')[0]
      .get('points')!
      .split(' ')
      .map((point) => point.split(',').map(Number));

  test('spans the axes from the first to the last step and from the lowest to the highest value', async () => {
    const points = line(
      await drawn([
        [10, 5],
        [20, 1],
        [30, 3],
      ]),
    );
    expect(points).toEqual([
      [64, 12],
      [276, 176],
      [488, 94],
    ]);
  });

  test('has equal distances for equal ratios on a logarithmic axis, and leaves out what it cannot show', async () => {
    const points = line(
      await drawn(
        [
          [0, 100],
          [1, 10],
          [2, 0],
          [3, 1],
        ],
        { logarithmic: true },
      ),
    );
    expect(points.map(([, y]) => y)).toEqual([12, 94, 176]);
  });

  test('shows a reference, which the axis includes', async () => {
    const svg = await drawn(
      [
        [0, 1],
        [1, 2],
      ],
      { reference: 3 },
    );
    expect(svg.ofClass('reference').map((each) => each.get('y1'))).toEqual(['12']);
    expect(line(svg)[1][1]).toBe(94);
  });

  test('is empty without points, and has one in the middle of nowhere', async () => {
    expect((await drawn([])).children).toEqual([]);
    expect(
      line(await drawn([[5, 7]]))
        .flat()
        .every(Number.isFinite),
    ).toBe(true);
  });
});

test('the page has every element that its program asks for', () => {
  const html = readFileSync(page('index.html'), 'utf8');
  const asked = [...readFileSync(page('page.js'), 'utf8').matchAll(/byId\('([^']+)'\)/g)].map(([, id]) => id);
  expect(asked.length).toBeGreaterThan(5);
  for (const id of asked) expect(html).toContain(`id="${id}"`);
});

test('the page starts a job, draws its reports as they come, goes on after a lost connection, and samples', async () => {
  type Listener = (event: object) => unknown;
  class Control extends FakeElement {
    readonly listeners = new Map<string, Listener>();
    addEventListener(name: string, listener: Listener): void {
      this.listeners.set(name, listener);
    }
  }
  const controls = new Map<string, Control>();
  const byId = (id: string): Control => {
    if (!controls.has(id)) controls.set(id, new Control(id));
    return controls.get(id)!;
  };
  class Source extends Control {
    static last: Source;
    closed = false;
    constructor(url: string) {
      super(url);
      Source.last = this;
    }
    send(name: string, data: object): void {
      this.listeners.get(name)!({ data: JSON.stringify(data) });
    }
    close(): void {
      this.closed = true;
    }
  }
  const job = { number: 1, state: 'running', error: null, exactLogZ: 3, progress: null };
  const requests: [string, RequestInit | undefined][] = [];
  vi.stubGlobal('document', {
    createElementNS: (_: string, name: string) => new FakeElement(name),
    getElementById: byId,
  });
  vi.stubGlobal('window', new Control('window'));
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => draw());
  vi.stubGlobal('EventSource', Source);
  vi.stubGlobal(
    'FormData',
    class {
      *[Symbol.iterator]() {
        yield ['steps', '20'];
      }
    },
  );
  vi.stubGlobal('fetch', (url: string, init?: RequestInit) => {
    requests.push([url, init]);
    const started = url !== 'train' || init?.method === 'POST';
    const body = url === 'train' ? job : { model: 'job 1', seed: 5, samples: [{ state: '0,7', logReward: 0 }] };
    return Promise.resolve({ ok: started, json: () => Promise.resolve(body) });
  });
  await import(page('page.js').href);
  await byId('start').listeners.get('submit')!({ preventDefault: () => undefined, target: {} });
  expect(requests.at(-1)).toEqual(['train', expect.objectContaining({ method: 'POST', body: '{"steps":20}' })]);

  const points = (id: string): number => byId(id).ofClass('line')[0].get('points')!.split(' ').length;
  Source.last.send('start', job);
  for (const step of [1, 2, 3]) Source.last.send('message', { step, loss: 1 / step, logZ: step });
  expect([points('loss'), points('log-z')]).toEqual([3, 3]);
  expect(byId('log-z').ofClass('reference')).toHaveLength(1);
  expect(byId('status').textContent).toBe('Job 1: running, step 3, loss 0.333');
  // The browser connects again: the job is the same, so what has been drawn stays.
  Source.last.send('start', job);
  Source.last.send('message', { step: 4, loss: 0.25, logZ: 4 });
  expect(points('loss')).toBe(4);
  Source.last.send('end', { ...job, state: 'finished' });
  expect(Source.last.closed).toBe(true);
  expect(byId('status').textContent).toBe('Job 1: finished');

  await byId('sample').listeners.get('click')!({});
  expect(byId('samples').textContent).toBe('job 1, seed 5\n0,7\tR = 1.00');
});
