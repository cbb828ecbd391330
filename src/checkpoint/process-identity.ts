import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

/** Which process: its number alone is given to another one after its end. */
export interface ProcessIdentity {
  /** Where its number means this process: the machine, and the container on it. */
  readonly place: string;
  readonly pid: number;
  /** When it started, in the words of the operating system; null where that cannot be told. */
  readonly started: string | null;
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  return { place: await ownPlace(), pid: process.pid, started: await startOf(process.pid) };
}

/** Whether a process of this place still runs; it does unless it is known not to. */
export async function isRunning({ pid, started }: ProcessIdentity): Promise<boolean> {
  let another = false; // another user's, which may be hidden
  try {
    process.kill(pid, 0);
  } catch (error) {
    another = (error as NodeJS.ErrnoException).code === 'EPERM';
    if (!another) return false;
  }
  const now = await startOf(pid);
  return now === null ? another || process.platform !== 'linux' : started === null || now === started;
}

async function ownPlace(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return `${hostname()} ${namespace}`.trim();
}

/** Null for a process that does not run, on Linux also for one that has ended and is not collected yet. */
function startOf(pid: number): Promise<string | null> {
  if (process.platform === 'linux') return linuxStart(pid);
  return process.platform === 'win32' ? Promise.resolve(null) : listedStart(pid);
}

/** Fields 3 and 22 of /proc/PID/stat: state, and clock ticks from the start of the machine to that of the process. */
async function linuxStart(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before it may hold anything
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()} ${fields[19]}`;
  } catch {
    return null;
  }
}

async function listedStart(pid: number): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() || null;
  } catch {
    return null;
  }
}
