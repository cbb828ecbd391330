// The benchmark: `node bench/bench.js --help`.
import { writeFile } from 'node:fs/promises';
import { resultPage } from './chart.js';
import { machine, machineText } from './machine.js';
import { measureScenario } from './measure-scenario.js';
import { startPeers } from './peers/peers.js';
import { PeerSetupError } from './peers/python-environment.js';
import { requestOf, usage } from './request.js';
import { scenarioText } from './scenario-table.js';

/**
 * Measures a section, prints it, and returns what JSON says of it.
 * @type {Readonly<Record<import('./request.js').Section, (seconds: number, print: (text: string) => void) => Promise<object>>>}
 */
const sectionRuns = {
  scaling: async (_, print) => (await import('./scaling.js')).runScaling(print),
  memory: async (seconds, print) => (await import('./memory.js')).runMemory(seconds, print),
  sampling: async (_, print) => (await import('./sampling.js')).runSampling(print),
  'own-environment': async (_, print) => (await import('./own-environment.js')).runOwnEnvironment(print),
  'late-rewards': async (_, print) => (await import('./late-rewards.js')).runLateRewards(print),
  'start-up': async (_, print) => (await import('./start-up.js')).runStartUp(print),
  'event-loop': async (_, print) => (await import('./event-loop.js')).runEventLoop(print),
  micro: async (_, print) => (await import('./micro.js')).runMicro(print),
  products: async (_, print) => (await import('./products.js')).runProducts(print),
  'typescript-profile': async (_, print) => (await import('./typescript-profile.js')).runTypescriptProfile(print),
  reference: async (_, print) => (await import('./reference.js')).runReference(print),
};

const camelCase = (/** @type {string} */ name) =>
  name.replace(/-(.)/g, (_, letter) => /** @type {string} */ (letter).toUpperCase());

async function main() {
  const request = requestOf(process.argv.slice(2));
  if (request.help) {
    console.log(usage);
    return;
  }
  const print = request.json ? console.error : console.log;
  const hardware = machine();
  print(machineText(hardware));

  const results = [];
  const peers = request.peers ? startPeers(print) : [];
  try {
    for (const scenario of request.chosen) {
      const result = await measureScenario(scenario, request.seconds, peers);
      results.push(result);
      print(`\n${scenarioText(result)}`);
    }
  } finally {
    for (const { process: child } of peers) child.close();
  }
  /** @type {Record<string, object>} */
  const sections = {};
  for (const name of request.sections) {
    print('');
    sections[camelCase(name)] = await sectionRuns[name](request.seconds, print);
  }
  if (request.html !== undefined) await writeFile(request.html, resultPage(machineText(hardware), results));
  if (request.json) console.log(JSON.stringify({ machine: hardware, scenarios: results, ...sections }));
}

try {
  await main();
} catch (error) {
  const isUsage = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
  if (isUsage) console.error(`bench: ${error.message}\n${usage}`);
  else console.error(error instanceof PeerSetupError ? `bench: ${error.message}` : error);
  process.exitCode = isUsage ? 2 : 1;
}
