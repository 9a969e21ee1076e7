/** What a run of a plan file would be told: the text, and the settings that would apply to it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Flags, PlanProblem } from '../../core/model.ts';
import { defaultPolicy, type PlanWarning } from '../../core/plan.ts';
import { showFile } from '../../git/plumbing.ts';
import { type CompiledPlan, compilePlan } from '../../text/compile-plan.ts';
import { readPlanBlocks } from '../../text/plan-block.ts';
import { loadSettings, type Settings } from '../../text/settings.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { systemWords } from '../system-trouble.ts';
import { openSource } from './source.ts';

const settingsPath = '.github/muster.yml';

export interface SettingsAt {
  /** Null: there are none. */
  readonly text: string | null;
  /** Where they stand, in words; null: there are none. */
  readonly from: string | null;
  readonly warnings: readonly PlanWarning[];
}

export interface PlanView {
  readonly compiled: CompiledPlan;
  readonly from: string | null;
  readonly warnings: readonly PlanWarning[];
}

/** `file` `-` lies in no repository. `agents` null: nobody knows which ones there are, so every name is one. */
export async function viewPlan(
  file: string,
  body: string,
  how: {
    readonly settingsFile?: string;
    readonly flags: Flags;
    readonly agents: Readonly<Record<string, readonly string[]>> | null;
    readonly agent?: string;
  },
): Promise<PlanView> {
  const found = how.settingsFile === undefined ? await settingsFor(file) : namedSettings(how.settingsFile);
  const loaded = loadSettings(found.text);
  if (!loaded.ok) {
    // their lines are those of the settings, and their words say so
    const problems: readonly PlanProblem[] = loaded.problems.map((problem) => ({ ...problem, line: 0 }));
    return { ...found, compiled: { ok: false, problems } };
  }
  const capabilities = how.agents ?? everybody(loaded.settings, body);
  const compiled = compilePlan({
    body,
    settings: loaded.settings,
    flags: how.flags,
    subIssues: [],
    agents: Object.keys(capabilities),
    capabilities,
    basePolicy: { ...defaultPolicy, ...(how.agent === undefined ? {} : { agent: how.agent }) },
  });
  return { ...found, compiled };
}

/** Every agent that is named, each good at whatever is asked for. */
function everybody(settings: Settings, body: string): Readonly<Record<string, readonly string[]>> {
  const block = readPlanBlocks(body);
  const all = [settings, ...(block.ok ? [block.settings] : [])];
  const names = all.flatMap(({ agent, agentRules = [] }) => [agent ?? [], agentRules.map((rule) => rule.agent)].flat());
  const asked = all.flatMap(({ requiredCapabilities = [] }) => requiredCapabilities);
  return Object.fromEntries([defaultPolicy.agent, ...names].map((name) => [name, asked]));
}

function namedSettings(file: string): SettingsAt {
  try {
    return { text: readFileSync(file, 'utf8'), from: file, warnings: [] };
  } catch (error) {
    throw new CommandFailed(exitCodes.unreadable, `The settings "${file}" cannot be read: ${systemWords(error)}.`, {
      cause: error,
    });
  }
}

/** A run reads what is committed; where nothing can be, the file itself is the next best. */
async function settingsFor(file: string): Promise<SettingsAt> {
  const top = file === '-' ? null : repositoryOf(dirname(resolve(file)));
  if (top === null) return { text: null, from: null, warnings: [] };
  const path = join(top, settingsPath);
  const onDisk = existsSync(path) ? readFileSync(path, 'utf8') : null;
  const committed = await committedIn(top);
  if (committed === null) return { text: onDisk, from: onDisk === null ? null : path, warnings: [] };
  const { text, commit } = committed;
  const where = `${path}, as committed in ${commit.slice(0, 7)}`;
  const message = `${path} is not committed as it is: a run ${text === null ? 'does not know of it' : `reads it as of ${commit.slice(0, 7)}`}. --settings ${settingsPath} shows what comes of it as it is.`;
  return {
    text,
    from: text === null ? null : where,
    warnings: onDisk === text ? [] : [{ line: 0, code: 'settings-uncommitted', message }],
  };
}

function repositoryOf(dir: string): string | null {
  if (existsSync(join(dir, '.git'))) return dir;
  const above = dirname(dir);
  return above === dir ? null : repositoryOf(above);
}

async function committedIn(top: string): Promise<{ readonly text: string | null; readonly commit: string } | null> {
  try {
    const { gitDir, head } = await openSource(top);
    const bytes = await showFile(gitDir, head, settingsPath);
    return { text: bytes === null ? null : new TextDecoder().decode(bytes), commit: head };
  } catch {
    // no git, no commit yet, a shallow clone: a run would say so, a look at the plan need not
    return null;
  }
}
