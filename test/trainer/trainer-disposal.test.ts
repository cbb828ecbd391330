import { expect, test } from 'vitest';
import { hypergrid } from '../../src/env/hypergrid.ts';
import type { Sample } from '../../src/model/flow-model.ts';
import { trajectoryBalance } from '../../src/objective/define-objective.ts';
import { Trainer } from '../../src/trainer/trainer.ts';

test.each(['native', 'typescript'] as const)(
  'await using ends the training of a %s trainer and lets calls of its model end',
  async (backend) => {
    let outer: Trainer;
    let sampled: Promise<Sample[]>;
    let reading: Promise<number>;
    {
      await using trainer = await Trainer.create({
        environment: hypergrid({ dimensions: 2, side: 4 }),
        objective: trajectoryBalance(),
        hidden: [8],
        backend,
      });
      outer = trainer;
      const reports = trainer.train({ steps: 1_000_000 });
      await reports.next();
      sampled = trainer.model.sample(1500);
      reading = (async () => {
        let last = 0;
        for await (const { step } of reports) last = step;
        return last;
      })();
    }
    expect(await sampled).toHaveLength(1500);
    expect(await reading).toBeLessThan(1_000_000);
    await expect(outer.model.sample(1)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    await expect(outer.train({ steps: 1 }).next()).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  },
);
