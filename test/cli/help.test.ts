import { describe, expect, it } from 'vitest';
import { environments } from '../../src/env/registry.ts';
import { flagName } from '../../src/options.ts';
import { gflownet } from './in-process.ts';

describe('help', () => {
  it('of train lists every option with its default', async () => {
    const { exitCode, stdout, stderr } = await gflownet('train', '--help');
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    const flags =
      'objective backend learn-backward threads hidden learning-rate learning-rate-log-z beta exploration temperature ' +
      'flow-epsilon leaf-coefficient lambda weighting regression-loss weight-decay clip evaluation-samples config steps batch seed out json ' +
      'resume checkpoint-every keep-checkpoints';
    for (const flag of flags.split(' ')) expect(stdout).toMatch(new RegExp(`^  --${flag}\\b`, 'm'));
    for (const flag of ['steps', 'batch', 'seed', 'hidden', 'clip', 'beta', 'checkpoint-every', 'keep-checkpoints']) {
      expect(stdout.replace(/\n {4,}/g, ' ')).toMatch(new RegExp(`--${flag} .*\\(default: `));
    }
    expect(stdout).toContain('Exit codes: 0 success');
    for (const { name, options } of environments) {
      expect(stdout).toContain(`Environment ${name}:`);
      for (const option of Object.keys(options)) expect(stdout).toContain(flagName(option));
    }
  });

  it('of train with an environment lists the options of that one only', async () => {
    const { stdout } = await gflownet('train', 'hypergrid', '--help');
    expect(stdout).toContain('Environment hypergrid:');
    expect(stdout).not.toContain('Environment bit-sequence:');
  });

  it('is shown, with exit code 2, where a command is missing', async () => {
    const { exitCode, stderr } = await gflownet();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Usage: gflownet');
  });

  it('has a version', async () => {
    expect((await gflownet('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('environments', () => {
  it('are listed with their options', async () => {
    const { stdout, exitCode } = await gflownet('environments');
    expect(exitCode).toBe(0);
    for (const { name, summary } of environments) expect(stdout).toContain(`${name}: ${summary}`);
  });

  it('are one JSON object', async () => {
    const list = JSON.parse((await gflownet('environments', '--json')).stdout) as { environments: { name: string }[] };
    expect(list.environments.map(({ name }) => name)).toEqual(environments.map(({ name }) => name));
  });
});
