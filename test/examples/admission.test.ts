import { describe, expect, test } from 'vitest';

interface Admission {
  readonly running: number;
  readonly waiting: number;
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}
interface AdmissionModule {
  readonly Admission: new (concurrency: number, capacity: number) => Admission;
}
interface Served {
  readonly ready: boolean;
  readonly name: string | undefined;
  replace(name: string, model: object, dispose: () => void): void;
  lend(): { readonly name: string; readonly model: object; release(): void };
  close(): void;
}
interface ServedModule {
  readonly ServedModel: new () => Served;
}

/** A part of the service, which is plain JavaScript. */
const part = (name: string): Promise<unknown> =>
  import(new URL(`../../examples/service/${name}.js`, import.meta.url).href);

const never = new AbortController().signal;

/** Work that ends when it is told to. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

describe('Admission', () => {
  test('lets so many run, so many wait in order, and refuses the rest', async () => {
    const { Admission } = (await part('admission')) as AdmissionModule;
    const admission = new Admission(2, 2);
    const gates = [gate(), gate(), gate(), gate()];
    const begun: number[] = [];
    const runs = gates.map(({ opened }, i) =>
      admission.run(never, async () => {
        begun.push(i);
        await opened;
        return i;
      }),
    );
    await expect(admission.run(never, () => Promise.resolve())).rejects.toMatchObject({
      statusCode: 503,
      retryAfter: 1,
    });
    expect(begun).toEqual([0, 1]);
    expect([admission.running, admission.waiting]).toEqual([2, 2]);
    gates[1].open();
    expect(await runs[1]).toBe(1);
    await Promise.resolve();
    expect(begun).toEqual([0, 1, 2]);
    for (const { open } of gates) open();
    expect(await Promise.all(runs)).toEqual([0, 1, 2, 3]);
    expect([admission.running, admission.waiting]).toEqual([0, 0]);
  });

  test('goes on after work that fails, and past those that give up', async () => {
    const { Admission } = (await part('admission')) as AdmissionModule;
    const admission = new Admission(1, 3);
    const { open, opened } = gate();
    const first = admission.run(never, async () => {
      await opened;
      throw new Error('failed');
    });
    const controller = new AbortController();
    const gone = admission.run(controller.signal, () => Promise.resolve('never'));
    const last = admission.run(never, () => Promise.resolve('last'));
    controller.abort(new Error('gone'));
    await expect(gone).rejects.toThrow('gone');
    await expect(admission.run(controller.signal, () => Promise.resolve())).rejects.toThrow('gone');
    expect(admission.waiting).toBe(1);
    open();
    await expect(first).rejects.toThrow('failed');
    expect(await last).toBe('last');
    expect([admission.running, admission.waiting]).toEqual([0, 0]);
  });
});

describe('ServedModel', () => {
  test('frees a model that was replaced when the last one who uses it is done', async () => {
    const { ServedModel } = (await part('served-model')) as ServedModule;
    const served = new ServedModel();
    const freed: string[] = [];
    expect(served.ready).toBe(false);
    expect(() => served.lend()).toThrow('the model is not there yet');
    served.replace('one', { number: 1 }, () => freed.push('one'));
    const [first, second] = [served.lend(), served.lend()];
    served.replace('two', { number: 2 }, () => freed.push('two'));
    expect(served.name).toBe('two');
    first.release();
    expect(first.model).toEqual({ number: 1 });
    expect(freed).toEqual([]);
    second.release();
    expect(freed).toEqual(['one']);
    served.close();
    expect(freed).toEqual(['one', 'two']);
    served.replace('three', {}, () => freed.push('three'));
    expect(freed).toEqual(['one', 'two', 'three']);
    expect(served.ready).toBe(false);
  });
});
