/** The message of the commit that holds what an agent made. */

export interface CommitFacts {
  readonly title: string;
  readonly orchestration: string;
  readonly task: string;
  readonly agent: string;
  readonly attempt: number;
}

/** Subject of at most 72 characters, then trailers by which an attempt is found again after a restart. */
export function renderCommit(facts: CommitFacts): string {
  const title = facts.title.replace(/\s+/g, ' ').trim();
  const subject = title.length > 72 ? `${title.slice(0, 71).trimEnd()}…` : title;
  const whole = title.length > 72 ? `${title}\n\n` : '';
  return [
    subject === '' ? 'Work on a task' : subject,
    '',
    `${whole}Worked on by the agent ${facts.agent.replace(/\s+/g, ' ')}, attempt ${facts.attempt}.`,
    '',
    `Muster-Task: ${facts.orchestration}/${facts.task}`,
    `Muster-Attempt: ${facts.attempt}`,
    '',
  ].join('\n');
}
