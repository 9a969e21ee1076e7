import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Claims a directory for this process until `release` or its death. Two processes over one journal would lose each
 * other's rows. Throws an Error that names the owner while another process lives.
 */
export function claimDirectory(dir: string): { release(): void } {
  const file = join(dir, 'owner.pid');
  const me = identityOf(process.pid);
  const owner = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  const pid = Number(owner.split(' ')[0]);
  if (owner !== '' && owner !== me && pid > 0 && isAlive(pid) && identityOf(pid) === owner) {
    throw new Error(`${dir} is in use by process ${pid}`);
  }
  writeFileSync(file, me);
  return { release: () => rmSync(file, { force: true }) };
}

/** The pid and, where the system tells it, the start time: a pid alone is soon another program's. */
function identityOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold blanks; start time is field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie is dead; where nobody reaps it, it would hold the directory for ever.
    return fields[0] === 'Z' ? `${pid} dead` : `${pid} ${fields[19] ?? ''}`;
  } catch {
    return `${pid}`;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
