/** The message of the commit that holds what an agent made. */
import { clip, defuseClosing, oneLine } from './markdown.ts';

export interface CommitFacts {
  readonly title: string;
  readonly orchestration: string;
  readonly task: string;
  readonly agent: string;
  readonly attempt: number;
}

/**
 * Subject of at most 72 characters, then trailers by which an attempt is found again after a restart. Closing words of
 * the title close nothing: on the default branch GitHub obeys them in every commit message.
 */
export function renderCommit(facts: CommitFacts): string {
  const title = defuseClosing(oneLine(facts.title));
  const subject = clip(title, 72).replace(/\s+…$/, '…');
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
