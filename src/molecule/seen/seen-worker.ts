// The thread of a collection of molecules: it answers its calls one after the other.
import { parentPort } from 'node:worker_threads';
import { GfnError } from '../../error.ts';
import { SeenCollector } from './seen-collector.ts';
import type { SeenCall, SeenReply } from './molecules-seen.ts';

let collector: SeenCollector;

async function answer(call: SeenCall): Promise<unknown> {
  switch (call.method) {
    case 'open':
      collector = await SeenCollector.open(call.options);
      return collector.missing;
    case 'add':
      return collector.add(call.terminalState, call.score);
    case 'flush':
      return collector.flush();
    case 'figures':
      return collector.figures();
  }
}

let last = Promise.resolve();

parentPort?.on('message', (call: SeenCall) => {
  last = last.then(async () => {
    let reply: SeenReply;
    try {
      reply = { id: call.id, result: await answer(call) };
    } catch (error) {
      const code = error instanceof GfnError ? error.code : 'ERR_INTERNAL';
      reply = { id: call.id, code, message: error instanceof Error ? error.message : String(error) };
    }
    parentPort?.postMessage(reply);
  });
});
