import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FolderLock } from '../../src/checkpoint/folder-lock.ts';
import { isRunning, ownIdentity, type ProcessIdentity } from '../../src/checkpoint/process-identity.ts';
import { temporaryFolder } from './temporary-folder.ts';

const at = temporaryFolder();

function leaveLock(holder: ProcessIdentity | string): void {
  mkdirSync(at('run'), { recursive: true });
  writeFileSync(at('run/lock'), typeof holder === 'string' ? holder : JSON.stringify(holder));
}

async function isLocked(): Promise<boolean> {
  try {
    await (await FolderLock.acquire(at('run'))).release();
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_LOCKED' });
    return true;
  }
}

describe('a lock', () => {
  test('is one holder’s until it is released, and leaves nothing', async () => {
    const lock = await FolderLock.acquire(at('run'));
    await lock.verify();
    const second = FolderLock.acquire(at('run'));
    await expect(second).rejects.toMatchObject({ code: 'ERR_LOCKED' });
    await expect(second).rejects.toThrow(new RegExp(`run: process ${process.pid} on .* is writing to it`));
    await lock.release();
    expect(readdirSync(at('run'))).toEqual([]);
    await lock.release();
    expect(await isLocked()).toBe(false);
  });

  test('of a process that runs holds, of one that was killed does not', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const { place } = await ownIdentity();
    leaveLock({ place, pid: child.pid!, started: null });
    expect(await isLocked()).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await isLocked()).toBe(false);
  });

  test.skipIf(process.platform === 'win32')('of another process with the same number does not hold', async () => {
    const own = await ownIdentity();
    leaveLock({ ...own, started: 'another start' });
    expect(await isLocked()).toBe(false);
    leaveLock(own);
    expect(await isLocked()).toBe(true);
  });

  test('of another machine holds as long as it is renewed', async () => {
    leaveLock({ place: 'elsewhere', pid: 1, started: 'x' });
    expect(await isLocked()).toBe(true);
    const old = new Date(Date.now() - 61_000);
    utimesSync(at('run/lock'), old, old);
    expect(await isLocked()).toBe(false);
  });

  test('of this process holds as long as it is renewed, of another one as long as that runs', async () => {
    const own = await ownIdentity();
    for (const [pid, locked] of [
      [own.pid, false], // a worker thread that was terminated
      [process.ppid, true],
    ] as const) {
      leaveLock({ ...own, pid, started: null });
      expect(await isLocked()).toBe(true);
      utimesSync(at('run/lock'), 0, 0);
      expect(await isLocked()).toBe(locked);
    }
  });

  test.each(['', '{', 'null', '[]', '{"place":3}'])('with the content %j holds for a minute', async (text) => {
    leaveLock(text);
    expect(await isLocked()).toBe(true);
    utimesSync(at('run/lock'), 0, 0);
    expect(await isLocked()).toBe(false);
  });

  test('that is stale goes to one of many who want it', async () => {
    leaveLock({ ...(await ownIdentity()), pid: 2 ** 30, started: 'x' });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => FolderLock.acquire(at('run'))));
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won).toHaveLength(1);
    await won[0].value.verify();
    await won[0].value.release();
    expect(readdirSync(at('run'))).toEqual([]);
  });

  test.skipIf(!existsSync('/proc'))('where no folder can be made is ERR_OUTPUT, at once', async () => {
    await expect(FolderLock.acquire('/proc/gflownet/run')).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  });

  test('that was taken away is noticed and not given back', async () => {
    const lock = await FolderLock.acquire(at('run'));
    leaveLock({ place: 'elsewhere', pid: 1, started: 'x' });
    await expect(lock.verify()).rejects.toMatchObject({ code: 'ERR_LOCKED' });
    await lock.release();
    expect(existsSync(at('run/lock'))).toBe(true);
  });

  test('clears what killed processes left', async () => {
    mkdirSync(at('run'));
    writeFileSync(at('run/lock.99.0.tmp'), 'x');
    const lock = await FolderLock.acquire(at('run'));
    expect(readdirSync(at('run'))).toEqual(['lock']);
    await lock.release();
  });

  test('in a place that cannot be written to is ERR_OUTPUT', async () => {
    writeFileSync(at('file'), 'x');
    await expect(FolderLock.acquire(join(at('file'), 'run'))).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    expect(readFileSync(at('file'), 'utf8')).toBe('x');
  });

  test.skipIf(process.platform === 'win32')('in a read-only folder is ERR_OUTPUT', async () => {
    mkdirSync(at('run'), { mode: 0o777 });
    chmodSync(join(at('run'), '..'), 0o755);
    chmodSync(at('run'), 0o555);
    const isRoot = process.geteuid!() === 0; // who may write anywhere
    if (isRoot) process.seteuid!(65534);
    try {
      const locked = FolderLock.acquire(at('run'));
      await expect(locked).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
      await expect(locked).rejects.toThrow(/run: cannot be written: EACCES/);
    } finally {
      if (isRoot) process.seteuid!(0);
    }
  });
});

describe('a process', () => {
  test('runs from its start to its end', async () => {
    expect(await isRunning(await ownIdentity())).toBe(true);
    expect(await isRunning({ ...(await ownIdentity()), started: null })).toBe(true);
    expect(await isRunning({ place: '', pid: 2 ** 30, started: null })).toBe(false);
  });

  test.skipIf(process.platform !== 'linux')('that has ended and is not collected does not run', async () => {
    // The shell becomes a sleep, which never collects its former child.
    const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 30'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [text] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(text.toString());
      await expect.poll(() => isRunning({ place: '', pid, started: null }), { timeout: 10_000 }).toBe(false);
      expect(() => process.kill(pid, 0)).not.toThrow(); // its number is still taken
    } finally {
      parent.kill('SIGKILL');
      await once(parent, 'close');
    }
  });
});
