/** Failure classes in words: a short name, what it means, the likely cause, what usually helps. One row per class. */
import type { Failure, FailureClass } from '../core/attempt.ts';

interface FailureWords {
  /** After "failed:" in a table. */
  readonly short: string;
  /** A whole sentence. */
  readonly meaning: string;
  readonly cause: string;
  readonly fixes: readonly string[];
}

const byClass: Readonly<Record<FailureClass, FailureWords>> = {
  timeout: {
    short: 'time limit',
    meaning: 'The agent was still working when its time was up.',
    cause: 'The task is larger than the time limit, or something it runs (often a slow test) does not come to an end.',
    fixes: [
      'Look at the last lines of the log: if one command hangs or is very slow, make that one faster or leave it out.',
      'Give the task more time with the retry command below.',
      'Split the task into smaller items in the master issue.',
    ],
  },
  stalled: {
    short: 'went silent',
    meaning: 'The agent printed nothing for so long that it was stopped.',
    cause: 'The agent waits for something: an answer to a question, a login, the network, or a process that hangs.',
    fixes: [
      'Run the agent command by hand once and see whether it asks for anything.',
      'Have the agent print progress lines, or let it run without questions.',
      'Retry: a network that hung once may work now.',
    ],
  },
  cancelled: {
    short: 'cancelled',
    meaning: 'The attempt was stopped on request.',
    cause: 'Somebody cancelled it, or the server was shut down.',
    fixes: ['Retry when the work is wanted after all.', 'Cancel the task for good if it is not.'],
  },
  crashed: {
    short: 'agent error',
    meaning: 'The agent ended with an error.',
    cause: 'The agent command itself failed, or a command it ran made it give up.',
    fixes: [
      'Read the last lines of the log: they usually name the command that failed.',
      'Fix what it names on the base branch or in the agent configuration.',
      'Retry, with another agent if there is one.',
    ],
  },
  spawn_failed: {
    short: 'agent did not start',
    meaning: 'The agent could not be started at all.',
    cause: 'The agent command is misspelt, not installed on this machine, or not executable.',
    fixes: [
      'Check the agent command in the server configuration (MUSTER_AGENT_COMMAND or MUSTER_CONFIG).',
      'Install the program, or give its full path.',
      'Choose another agent for the task.',
    ],
  },
  no_changes: {
    short: 'changed nothing',
    meaning: 'The agent said it was done, but no file was changed.',
    cause: 'The work may be done already, or the text was not concrete enough to act on.',
    fixes: [
      'Look whether the base branch already contains what was asked; if so, tick the item and cancel the task.',
      'Make the item more concrete: name files, functions, the behaviour that is wanted.',
      'Retry, with another agent if there is one.',
    ],
  },
  no_outcome: {
    short: 'no outcome',
    meaning: 'The agent ended without writing the outcome that its role has to write.',
    cause: 'The agent did not follow the instruction to write its verdict to the outcome file.',
    fixes: [
      'Check that the agent can read MUSTER_OUTCOME_FILE and writes the JSON that the prompt describes.',
      'Retry, with another agent if there is one.',
    ],
  },
  policy_violation: {
    short: 'not allowed',
    meaning: 'What the agent left behind may not be published.',
    cause:
      'The changes hold something that needs a person: a workflow file, a nested repository, a secret, or files far too large.',
    fixes: [
      'Look at the file that the message names, and decide whether a person should make that change.',
      'Say in the item what must not be touched.',
      'Make the guarded change yourself on the base branch, then retry.',
    ],
  },
  verify_failed: {
    short: 'verification',
    meaning: 'The verify command failed on what the agent delivered.',
    cause: 'The change breaks a test or does not build.',
    fixes: [
      'Read the last lines of the log: they show which test or build step failed.',
      'If the test is wrong or flaky, repair it on the base branch.',
      'Retry: the next attempt is told what failed.',
    ],
  },
  ci_failed: {
    short: 'checks',
    meaning: 'A check of the repository failed on the pull request.',
    cause: 'The change breaks a test, a lint rule or the build; or the check is flaky.',
    fixes: [
      'Open the failed check of the pull request and look at its first error.',
      'If the check is flaky, run it again on GitHub: when it turns green, the pull request goes on by itself.',
      'If it fails on the base branch too, repair it there first.',
      'Retry: the next attempt is told what failed.',
    ],
  },
  merge_conflict: {
    short: 'conflict',
    meaning: 'The pull request conflicts with what has landed meanwhile.',
    cause: 'Two tasks changed the same lines, or somebody else changed the base branch.',
    fixes: [
      'Retry: the next attempt starts from the base branch as it is now.',
      'Or resolve the conflict by hand on the branch and push; the pull request goes on by itself.',
      'If two tasks keep colliding, say in the item that one comes after the other.',
    ],
  },
  pull_closed: {
    short: 'pull request closed',
    meaning: 'The pull request was closed without being merged.',
    cause: 'Somebody decided against this change.',
    fixes: [
      'Say in the item what should be different, then retry.',
      'Open the pull request again if it was closed by mistake.',
      'Cancel the task if it is not wanted any more.',
    ],
  },
  artifact_missing: {
    short: 'nothing to hand on',
    meaning: 'The agent did not leave what the plan says this task hands on.',
    cause: 'The agent did not make the file, or gave it a name by which it is not found.',
    fixes: [
      'See which name is missing, and say in the item what it should hold and where it should lie.',
      'Give the output a path in the plan: `{name: api_contract, path: docs/api.md}`.',
      'Retry: the next attempt is told what was missing.',
    ],
  },
  judged_bad: {
    short: 'judged not good enough',
    meaning: 'Whoever was to judge the work said no.',
    cause: 'The work has the faults named in the notes, and the rounds for putting them right are used up.',
    fixes: [
      'Comment the retry command: the work goes back to an agent with the notes, and is then judged again.',
      'Or push what is missing to the branch of the pull request yourself; the retry command then only has it judged again.',
      'If the judgement is wrong, cancel the judging task by closing its issue as not planned: then it holds nothing up.',
    ],
  },
  changes_requested: {
    short: 'sent back by a review',
    meaning: 'A review or validation sent the work back with notes.',
    cause: 'The work has the faults named in the notes.',
    fixes: ['Nothing: it is worked on again with the notes, on top of what is there.'],
  },
  outdated: {
    short: 'out of date',
    meaning: 'What it was about, or was built on, has moved on since.',
    cause: 'New commits came to a pull request after this one had started from it.',
    fixes: ['Nothing: it is done again.'],
  },
  github_refused: {
    short: 'GitHub refused',
    meaning: 'GitHub refused a request for good.',
    cause: 'A permission of the app, a branch protection rule or a setting of the repository stands against it.',
    fixes: [
      'Read the message: it names what GitHub did not allow.',
      'Check the permissions of the app and the rules of the branch.',
      'Retry when that has changed.',
    ],
  },
};

export function failureWords(failureClass: FailureClass): FailureWords {
  return byClass[failureClass];
}

/** What the message and the last lines give away; more telling than the class, and only ever called likely. */
const clues: readonly { readonly seen: RegExp; readonly cause: string; readonly fix: string }[] = [
  {
    seen: /cannot find (?:module|package)|no module named|module ?not ?found|could not resolve import|unresolved import|import ?error/i,
    cause:
      'Something the code imports is not there: a package that is not declared as a dependency, or the work of another task that has not landed.',
    fix: 'Add the missing package on the base branch, or make the item depend on the task that brings it.',
  },
  {
    seen: /command not found|: not found\b|ENOENT.*spawn|no such file or directory.*exec/i,
    cause: 'A program that the work needs is not installed where the agent runs.',
    fix: 'Install the program on the machine of the agents, or leave out the step that needs it.',
  },
  {
    seen: /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|network is unreachable|could not resolve host/i,
    cause: 'A server could not be reached from where the work ran.',
    fix: 'Look whether the work needs the network at that point; tests should not.',
  },
  {
    seen: /out of memory|heap limit|ENOMEM|oom-?kill/i,
    cause: 'The work ran out of memory.',
    fix: 'Give the machine more memory, or let fewer agents work at once (`--max-workers`).',
  },
  {
    seen: /no space left on device|ENOSPC/i,
    cause: 'The disk is full.',
    fix: 'Free some space on the machine of the agents.',
  },
];

/** The likely cause and the recommended fixes, best first. */
export function adviceFor(failure: Failure): { readonly cause: string; readonly fixes: readonly string[] } {
  const words = failureWords(failure.class);
  const text = [failure.message, ...failure.evidence.slice(-10)].join('\n');
  const clue = clues.find((one) => one.seen.test(text));
  return clue === undefined ? words : { cause: clue.cause, fixes: [clue.fix, ...words.fixes] };
}
