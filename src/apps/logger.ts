/** The process's log: JSON lines on stderr, with secrets taken out of every string before it is written. */
import { type Logger, pino, stdTimeFunctions } from 'pino';
import { redact } from '../text/redact.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
export const logLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** stdout belongs to the command's own answer, so the log goes to file descriptor 2, or to `write`. */
export function createLogger(level: LogLevel, secrets: readonly string[], write?: (line: string) => void): Logger {
  const out = write ?? ((line: string): void => void process.stderr.write(line));
  // the whole line is redacted, whatever field a secret may hide in
  return pino(
    { level, base: null, timestamp: stdTimeFunctions.isoTime },
    { write: (line: string) => out(redact(line, secrets)) },
  );
}
