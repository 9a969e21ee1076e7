/** An agent runs in its task's directory, so the files its command names relative to here are named absolutely. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** `./agent.sh --fast` typed in /home/ada becomes `'/home/ada/agent.sh' --fast`, where that file exists. */
export function withAbsolutePaths(command: string, from: string = process.cwd()): string {
  // what stands in quotes is somebody else's text
  const parts = command.split(/('[^']*'|"[^"]*")/);
  return parts.map((part, index) => (index % 2 === 1 ? part : withPaths(part, from))).join('');
}

function withPaths(words: string, from: string): string {
  return words.replace(/(^|\s)(\.{1,2}\/[^\s'"`$|;&<>()]+)/g, (whole, before: string, path: string) => {
    const absolute = resolve(from, path);
    return existsSync(absolute) ? `${before}'${absolute.replaceAll("'", "'\\''")}'` : whole;
  });
}
