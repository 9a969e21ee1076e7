/**
 * Example 4: five directories become TypeScript while three tasks prepare the configuration. All are worked on as agents
 * are free, but they land in order: configuration first, then each directory after the one it is built on.
 */
import { pullOf } from '../../../core/tasks.ts';
import { markdown, packageJson, settings } from './parts.ts';
import type { End, Files, Job, Measure, Scenario } from './scenario.ts';
import {
  buildTest,
  configTest,
  declarationsTest,
  directories,
  hooks,
  javascriptFiles,
  loader,
  migratedFiles,
  modulesTest,
} from './typescript-work.ts';

const dependencies = { tinylog: '^1.0.0', kvstore: '^2.0.0' };

const files: Files = {
  'README.md': '# Server\n\nJavaScript in five directories, each built on the one before it. Tests: `npm test`.\n',
  'package.json': packageJson('server', {
    scripts: { test: 'node --import ./tools/loader.js --test' },
    dependencies,
  }),
  'tools/loader.js': loader,
  'tools/hooks.js': hooks,
  'test/modules.test.js': modulesTest,
  ...Object.assign({}, ...directories.map(javascriptFiles)),
  ...settings('# The plan says in which order things land; the tests say whether.', 'merge: auto'),
};

const tsconfig = {
  compilerOptions: { strict: true, module: 'nodenext', target: 'es2023', noEmit: true },
  include: [...directories.map(({ name }) => name), 'types'],
};

const jobs: readonly Job[] = [
  ...directories.map((directory) => ({
    task: `migrate ${directory.name}/`,
    minutes: directory.minutes,
    files: migratedFiles(directory),
  })),
  {
    task: 'build configuration',
    minutes: 22,
    files: { 'tsconfig.json': `${JSON.stringify(tsconfig, null, 2)}\n`, 'test/build.test.js': buildTest },
  },
  { task: 'test configuration', minutes: 24, files: { 'test/typed.test.js': configTest } },
  {
    task: 'type declaration',
    minutes: 26,
    files: {
      'types/tinylog.d.ts': "declare module 'tinylog' {\n  export function log(words: string): void;\n}\n",
      'types/kvstore.d.ts':
        "declare module 'kvstore' {\n  export function open(path: string): Map<string, string>;\n}\n",
      'test/declarations.test.js': declarationsTest,
    },
  },
];

function measure({ state, files: main }: End): readonly Measure[] {
  const pulls = state.tasks.flatMap((task) => {
    const pull = pullOf(task);
    const name =
      jobs.find((job) => task.plan.title.toLowerCase().includes(job.task))?.task.replace('migrate ', '') ?? '';
    return pull === null ? [] : [{ number: pull.number, name, landedAt: task.status === 'merged' ? task.at : null }];
  });
  const opened = pulls.toSorted((a, b) => a.number - b.number);
  const landed = pulls
    .flatMap(({ landedAt, ...pull }) => (landedAt === null ? [] : [{ ...pull, landedAt }]))
    .toSorted((a, b) => a.landedAt - b.landedAt);
  const numbers = (all: typeof opened): readonly number[] => all.map(({ number }) => number);
  const words = (all: typeof opened): string => all.map(({ number, name }) => `#${number} ${name}`).join(', ');
  const inDirectories = Object.keys(main).filter((path) => directories.some(({ name }) => path.startsWith(`${name}/`)));
  const count = (end: string): number => inDirectories.filter((path) => path.endsWith(end)).length;
  return [
    { key: 'openedInOrder', value: numbers(opened), label: 'Opened in this order', words: words(opened) },
    { key: 'landedInOrder', value: numbers(landed), label: 'Landed in this order', words: words(landed) },
    { key: 'typescriptFiles', value: count('.ts'), label: 'TypeScript files' },
    { key: 'javascriptFiles', value: count('.js'), label: 'JavaScript files left' },
  ];
}

export const typescript: Scenario = {
  name: 'typescript',
  about: 'Eight tasks, six agents; pull requests open as they are ready and land in the order that the code needs.',
  repository: 'server',
  files,
  title: 'TypeScript migration, phase 1',
  body: markdown(
    'Move the core from JavaScript to TypeScript, directory by directory.',
    '',
    '## Directories',
    '',
    ...directories.flatMap(({ name, files: count, lines }, index) => [
      `- [ ] Migrate \`${name}/\` (${count} files, ~${lines} LOC)`,
      `  - lands after ${index === 0 ? '6, 7 and 8' : index}`,
    ]),
    '- [ ] Update the build configuration and tsconfig',
    '- [ ] Update the test configuration for TypeScript',
    '- [ ] Add type declaration files for dependencies',
  ),
  flags: '--max-workers 6',
  jobs,
  expected: { landed: 8, of: 8, exitCode: 0 },
  measure,
  lesson: [
    'Nothing waited to be worked on except for a free agent: six worked, two started as soon as others were done.',
    'Landing is another matter: "lands after" in the items let the pull requests open in any order and land in the right one, configuration first and then each directory after the one it imports from.',
  ],
  notShown: [
    'There is no TypeScript compiler here (no network, no packages): the tests strip the types, run the code, and check that each function and each imported type is declared.',
    'The example counts eight agents at once under a limit of six. Here the limit holds, so two tasks start later.',
  ],
};
