import { describe, expect, it } from 'vitest';
import { runChaos } from '../world/chaos.ts';

describe('kill -9 of the whole App at random moments', () => {
  it('leaves the world as if never killed: 20 kills', async () => {
    const report = await runChaos({ kills: 20, seed: 'ci', say: (line) => console.log(line) });
    console.log(
      `${report.kills} kills over ${report.orchestrations} orchestrations in ${Math.round(report.wallMs / 1000)} s`,
    );
    expect(report.damage).toEqual([]);
    expect(report.kills).toBe(20);
  }, 400_000);

  // the control: the same App, the same kills, but what is unsure is repeated without looking first
  it('sees damage where there is some: a naive retry doubles, ours does not', async () => {
    const aimed = { kills: 6, seed: 'aimed', aimed: true } as const;
    const ours = await runChaos(aimed);
    expect(ours.damage).toEqual([]);
    const naive = await runChaos({ ...aimed, naive: true });
    console.log(`the naive control: ${naive.damage.join('; ')}`);
    expect(naive.damage.length).toBeGreaterThan(0);
  }, 400_000);
});
