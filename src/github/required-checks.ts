import type { RepoName } from '../engine/ports.ts';
import { valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { unlessRefused } from './missing.ts';
import { getIn } from './rest.ts';

/**
 * Names of checks that must pass before anything lands on this branch: by rules, else by the branch's protection as
 * its readers see it. None where the server tells neither, or not to this App; it judges by itself at the merge.
 */
export async function readRequiredChecks(
  installation: Installation,
  repo: RepoName,
  branch: string,
  deadline: AbortSignal,
): Promise<readonly string[]> {
  const rules = await unlessRefused(installation.server, 'rules', () =>
    getIn(installation, repo, '/rules/branches/{branch}', { branch, per_page: 100 }, deadline),
  );
  if (Array.isArray(rules)) return unique(rules.flatMap(contextsOfRule));
  const seen = await unlessRefused(installation.server, 'branches', () =>
    getIn(installation, repo, '/branches/{branch}', { branch }, deadline),
  );
  const required = valueAt(seen, 'protection.required_status_checks');
  return unique([...namesIn(valueAt(required, 'contexts')), ...contextsIn(valueAt(required, 'checks'))]);
}

function contextsOfRule(rule: unknown): readonly string[] {
  if (valueAt(rule, 'type') !== 'required_status_checks') return [];
  return contextsIn(valueAt(rule, 'parameters.required_status_checks'));
}

function contextsIn(checks: unknown): readonly string[] {
  return Array.isArray(checks) ? namesIn(checks.map((check) => valueAt(check, 'context'))) : [];
}

function namesIn(names: unknown): readonly string[] {
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}

export function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
