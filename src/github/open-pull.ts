import type { Effect, EffectOutcome, EffectResult } from '../engine/ports.ts';
import { classifyFailure, responseOf, statusOf } from './classify.ts';
import { numberAt, optionalTextAt, textAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { isRecord } from './limits.ts';
import { listAll } from './listing.ts';

type OpenPull = Extract<Effect, { kind: 'open-pull' }>;

/** GitHub allows one open pull request per head and base: where one exists already, it is the one. */
export async function openPull(
  installation: Installation,
  effect: OpenPull,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  try {
    const { data } = await installation.octokit.request('POST /repos/{owner}/{repo}/pulls', {
      owner: effect.repo.owner,
      repo: effect.repo.name,
      head: effect.head,
      base: effect.base,
      title: effect.title,
      body: effect.body,
      request: { signal: deadline },
    });
    return { status: 'done', result: pullResult(data) };
  } catch (error) {
    // 422 has many causes and no codes to tell them apart; whether the pull request exists can be asked.
    if (statusOf(error) !== 422) return classifyFailure(error, 'repeat');
    try {
      const existing = (await listPulls(installation, effect, deadline)).find(({ open }) => open);
      if (!existing && isHeadUnknown(error)) return { status: 'transient', message: HEAD_UNKNOWN, retryAfterMs: null };
      return existing ? { status: 'done', result: existing.result } : classifyFailure(error, 'repeat');
    } catch (unreadable) {
      return classifyFailure(unreadable, 'read');
    }
  }
}

const HEAD_UNKNOWN = 'GitHub does not see the pushed branch yet';

/** A branch pushed a moment ago may not have reached every part of GitHub. */
function isHeadUnknown(error: unknown): boolean {
  const data = responseOf(error)?.data;
  const errors = isRecord(data) && Array.isArray(data.errors) ? data.errors : [];
  return errors.some((each) => isRecord(each) && each.field === 'head' && each.code === 'invalid');
}

/** Every pull request of this head and base, open ones and others. */
export async function listPulls(
  installation: Installation,
  effect: OpenPull,
  deadline: AbortSignal,
): Promise<readonly ListedPull[]> {
  const pulls = await listAll(
    installation.octokit,
    '/repos/{owner}/{repo}/pulls',
    {
      owner: effect.repo.owner,
      repo: effect.repo.name,
      head: `${effect.repo.owner}:${effect.head}`,
      base: effect.base,
      state: 'all',
    },
    deadline,
  );
  // not every server heeds every filter
  const isSame = (pull: unknown): boolean =>
    isNameOrUnsaid(pull, 'head.ref', effect.head) && isNameOrUnsaid(pull, 'base.ref', effect.base);
  return pulls.filter(isSame).map((pull) => ({
    open: textAt(pull, 'state') === 'open',
    title: textAt(pull, 'title'),
    body: optionalTextAt(pull, 'body') ?? '',
    result: pullResult(pull),
  }));
}

function isNameOrUnsaid(pull: unknown, path: string, name: string): boolean {
  return (optionalTextAt(pull, path) ?? name) === name;
}

export interface ListedPull {
  readonly open: boolean;
  readonly title: string;
  readonly body: string;
  readonly result: EffectResult;
}

function pullResult(pull: unknown): EffectResult {
  return {
    kind: 'pull',
    number: numberAt(pull, 'number'),
    url: optionalTextAt(pull, 'html_url') ?? '',
    headSha: textAt(pull, 'head.sha'),
  };
}
