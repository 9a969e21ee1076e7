/** What happens when nobody reads our output any more (`| head -1`) or the disk it goes to is full. */
import { exitCodes } from '../exit-codes.ts';
import { systemWords } from '../system-trouble.ts';
import { interrupt } from './interrupt.ts';

export function guardStreams(): void {
  let broken = false;
  process.stdout.on('error', (error) => {
    if (broken) return;
    broken = true;
    // like a program that dies of SIGPIPE: what is only printed ends here, what works stops cleanly
    const unread = 'code' in error && error.code === 'EPIPE';
    if (!unread) {
      process.stderr.write(`The output cannot be written: ${systemWords(error)}.\n`);
      process.on('exit', () => {
        process.exitCode = exitCodes.outOfResources;
      });
    }
    if (!interrupt()) process.exit();
  });
  // progress that nobody reads is no reason to stop: with --json the answer goes to stdout
  process.stderr.on('error', () => {});
}
