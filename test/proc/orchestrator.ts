import type { Confinement } from '../../src/proc/confine.ts';
import { runProgram } from '../../src/proc/run.ts';
import { daemonScript, shell } from './processes.ts';

/** Started by confine.test.ts as a process of its own, to be killed with SIGKILL. */
const [how, sleep = ''] = process.argv.slice(2);
const confinement: Confinement = how === 'bwrap' ? 'bwrap' : 'unshare';
const script = `trap "" TERM HUP; ${daemonScript(sleep)} /bin/sleep ${sleep}`;
await runProgram(shell(script, { confinement, wallMs: 60_000 })).end;
