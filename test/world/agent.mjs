#!/usr/bin/env node
// A scripted agent for stories. What it does stands in the task's title, so that a story reads as its plan:
//   "... fails"      exits 1          "... nothing"    changes nothing       "... breaks tests"  writes a failing test
//   "... clashes"    edits the same line of shared.txt                       "... slow"          takes a second
//   "... once"       fails in its first attempt only        "... anew"      writes something else in each attempt
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const task = JSON.parse(readFileSync(process.env.MUSTER_TASK_FILE, 'utf8'));
const slug = task.title
  .toLowerCase()
  .replace(/[^a-z0-9]+/g, '-')
  .replace(/^-|-$/g, '');
const has = (word) => task.title.toLowerCase().includes(word);
const tell = (percent, stage) => console.log(`::muster ${JSON.stringify({ percent, stage })}`);

readFileSync(0); // the prompt
tell(20, 'planning');
if (has('slow')) await new Promise((resolve) => setTimeout(resolve, 1000));
if (has('fails') || (has('once') && task.attempt === 1)) {
  console.error(`Error: cannot work on ${slug}`);
  process.exit(1);
}
if (!has('nothing')) {
  mkdirSync('work', { recursive: true });
  const lines = has('anew') ? [task.title, `attempt ${task.attempt}`] : [task.title, 'line two'];
  writeFileSync(`work/${slug}.txt`, `${lines.join('\n')}\n`);
  if (has('clashes')) writeFileSync('shared.txt', `${slug} was here\n`);
  if (has('breaks tests')) writeFileSync('test.sh', 'echo "not ok 1 - it is broken"\nexit 1\n');
}
tell(90, 'finishing');
console.log(`Done with ${task.title}`);
