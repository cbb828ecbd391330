import { runNode } from './command.js';

/** Kills training at random moments, resumes it, and compares the files with those of runs that were left alone. */
export async function showKillCampaign({ kills }) {
  const { ok, stdout, stderr } = await runNode(['test/checkpoint/kill-campaign.js', '--kills', String(kills)]);
  if (stdout.trim() === '') throw new Error(stderr.trim().split('\n').at(-1));
  const values = JSON.parse(stdout);
  const { runs, different } = values;
  return {
    ok: ok && values.kills >= kills,
    printed: `${values.kills} kills in ${runs} runs, ${different.length} differ`,
    values,
  };
}
