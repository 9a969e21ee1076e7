import { describe, expect, it } from 'vitest';
import { placesNamedBelowTemp } from '../../src/proc/temp-places.ts';

describe('places named below the temporary directory', () => {
  it.each([
    ['/tmp/x/y/agent.sh --fast /tmp/x/z', ['/tmp/x']],
    ['sh "/var/tmp/a b"', ['/var/tmp/a']],
    ["node '/tmp/agent.mjs'", ['/tmp/agent.mjs']],
    ['A=/tmp/q/r:/var/tmp/p;cd /usr/lib', ['/tmp/q', '/var/tmp/p']],
    ['claude -p > /tmp/', []],
  ])('%s', (command, expected) => expect(placesNamedBelowTemp([command], [])).toEqual(expected));

  it('leave out what is hidden, and keep what holds something hidden: that is covered by itself', () => {
    const text = '/tmp/state/key /tmp/tools/run.sh';
    expect(placesNamedBelowTemp([text], ['/tmp/state', '/tmp/tools/secret'])).toEqual(['/tmp/tools']);
  });
});
