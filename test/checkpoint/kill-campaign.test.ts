import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';

beforeAll(() => {
  // The program that is killed is the built one.
  const setUp = fileURLToPath(new URL('../../scripts/setup.js', import.meta.url));
  expect(spawnSync(process.execPath, [setUp], { stdio: 'ignore' }).status).toBe(0);
}, 600_000);

test('runs that are killed at random moments end as runs that are left alone, byte for byte', () => {
  const campaign = fileURLToPath(new URL('kill-campaign.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [campaign, '--kills', '8', '--quick'], {
    encoding: 'utf8',
  });
  expect(stderr).not.toContain('Error');
  expect(JSON.parse(stdout)).toMatchObject({ kills: 8, different: [] });
  expect(status).toBe(0);
});
