/** What went wrong with one git command. Carries no secret: credentials never reach git's arguments, and addresses are scrubbed. */
export class GitError extends Error {
  override readonly name = 'GitError';
  readonly args: readonly string[];
  /** null when git never ran, was killed, or was refused before it started. */
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly timedOut: boolean;

  constructor(
    reason: string,
    facts: { args: readonly string[]; exitCode?: number | null; stderr?: string; timedOut?: boolean; cause?: unknown },
  ) {
    const stderr = withoutCredentials(facts.stderr ?? '');
    const said = stderr.trim().split('\n').slice(0, 4).join(' / ').slice(0, 500);
    super(
      `git ${facts.args[0] ?? ''}: ${withoutCredentials(reason)}${said === '' ? '' : `: ${said}`}`,
      facts.cause === undefined ? undefined : { cause: facts.cause },
    );
    this.args = facts.args.map(withoutCredentials);
    this.exitCode = facts.exitCode ?? null;
    this.stderr = stderr;
    this.timedOut = facts.timedOut ?? false;
  }
}

/** `https://user:secret@host/` loses everything before the `@`. */
function withoutCredentials(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^/\s@'"]*@/gi, '$1');
}
