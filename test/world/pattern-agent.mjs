#!/usr/bin/env node
// A scripted agent that plays roles. Work writes work/<slug>.txt: a line per attempt, and what was handed on to it.
// A judge whose persona is "strict" wants every file revised once; an analysis reads its outcome from outcome.txt.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const { MUSTER_TASK_FILE, MUSTER_OUTCOME_FILE, MUSTER_ROLE } = process.env;
const task = JSON.parse(readFileSync(MUSTER_TASK_FILE, 'utf8'));
const prompt = readFileSync(0, 'utf8');
const slug = task.title
  .toLowerCase()
  .replace(/[^a-z0-9]+/g, '-')
  .replace(/^-|-$/g, '');
const outcome = (found) => writeFileSync(MUSTER_OUTCOME_FILE, JSON.stringify({ notes: '', artifacts: [], ...found }));
const section = (title) => prompt.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
const withoutFence = (text) => text.replace(/^(?:BEGIN|END) .*\n?/gm, '').trim();
const written = () =>
  existsSync('work') ? readdirSync('work').map((name) => readFileSync(`work/${name}`, 'utf8')) : [];

const roles = {
  work() {
    mkdirSync('work', { recursive: true });
    const file = `work/${slug}.txt`;
    const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const handed = withoutFence(section('Handed on to you'));
    const persona = /^Work as: (.*)$/m.exec(prompt)?.[1] ?? 'nobody in particular';
    const line =
      before === ''
        ? `${task.title}, by ${persona}`
        : `revised: ${withoutFence(section('An earlier attempt')).split('\n').at(-1)}`;
    writeFileSync(file, `${before}${line}\n${handed === '' || before !== '' ? '' : `${handed}\n`}`);
    mkdirSync('handed', { recursive: true });
    for (const { name, path } of task.outputs) writeFileSync(path ?? `handed/${name}.md`, `${name} of ${task.title}\n`);
  },
  review: () => judge(),
  validate: () => judge(),
  analyze() {
    writeFileSync('findings.md', 'three long functions\n');
    outcome({
      verdict: 'pass',
      outcome: readFileSync('outcome.txt', 'utf8').trim(),
      artifacts: [{ name: 'findings', path: 'findings.md' }],
    });
  },
};

function judge() {
  const judged = /Judge what was done for: (.*)/.exec(prompt)?.[1];
  const own = written().filter((text) => judged === undefined || text.startsWith(judged));
  const never = existsSync('never.txt');
  const strict = /^Work as: .*strict/m.test(prompt);
  const good = own.length > 0 && !never && (!strict || own.every((text) => text.includes('revised')));
  outcome(good ? { verdict: 'pass', notes: `saw ${own.length}` } : { verdict: 'fail', notes: 'please revise it' });
}

roles[MUSTER_ROLE]();
console.log(`${task.title}: done`);
