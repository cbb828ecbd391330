import { drawChart } from './chart.js';

const byId = (id) => document.getElementById(id);
let source;
let reports = [];
let exactLogZ = null;
let drawing = false;

/** Draws at most once a frame, however fast reports come. */
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    const line = (name) => reports.map((report) => [report.step, report[name]]);
    drawChart(byId('loss'), line('loss'), { logarithmic: true });
    drawChart(byId('log-z'), line('logZ'), { reference: exactLogZ });
  });
}

function show({ number, state, error, progress }) {
  const step = progress === null ? '' : `, step ${progress.step}, loss ${progress.loss.toPrecision(3)}`;
  byId('status').textContent = `Job ${number}: ${state}${step}${error === null ? '' : `: ${error}`}`;
}

function watch() {
  source?.close();
  source = new EventSource('train/events');
  let status;
  source.addEventListener('start', ({ data }) => {
    const started = JSON.parse(data);
    // The browser connects again by itself and goes on after the last report that it has seen.
    if (started.number !== status?.number) reports = [];
    status = started;
    exactLogZ = status.exactLogZ;
    show(status);
    draw();
  });
  source.addEventListener('message', ({ data }) => {
    const progress = JSON.parse(data);
    reports.push(progress);
    show({ ...status, progress });
    draw();
  });
  source.addEventListener('end', ({ data }) => {
    show(JSON.parse(data));
    source.close();
  });
}

async function answer(request) {
  const response = await request;
  const body = await response.json();
  if (!response.ok) byId('status').textContent = body.message;
  return response.ok ? body : null;
}

byId('start').addEventListener('submit', async (event) => {
  event.preventDefault();
  const options = Object.fromEntries([...new FormData(event.target)].map(([name, value]) => [name, Number(value)]));
  const headers = { 'content-type': 'application/json' };
  const started = await answer(fetch('train', { method: 'POST', headers, body: JSON.stringify(options) }));
  if (started !== null) watch();
});

byId('stop').addEventListener('click', () => answer(fetch('train', { method: 'DELETE' })));

byId('sample').addEventListener('click', async () => {
  const sampled = await answer(fetch('sample?n=10'));
  if (sampled === null) return;
  const lines = sampled.samples.map(({ state, logReward }) => `${state}\tR = ${Math.exp(logReward).toPrecision(3)}`);
  byId('samples').textContent = [`${sampled.model}, seed ${sampled.seed}`, ...lines].join('\n');
});

window.addEventListener('resize', draw);
if ((await fetch('train')).ok) watch();
