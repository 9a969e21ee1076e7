import { defineConfig } from 'vitest/config';

const common = { testTimeout: 30_000, hookTimeout: 60_000, exclude: ['**/node_modules/**'] };
// needs a confinement that works on the machine
const hostile = 'test/stories/hostile-agents.test.ts';
const apart = [
  'test/stories/**',
  'test/conformance/**',
  'test/browser/**',
  'test/postgres/**',
  'test/redis/**',
  'test/cluster/**',
];

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'rooms', include: ['test/**/*.test.ts'], ...common, exclude: [...common.exclude, ...apart] } },
      {
        test: {
          name: 'stories',
          include: ['test/stories/**/*.test.ts'],
          ...common,
          exclude: [...common.exclude, hostile],
        },
      },
      { test: { name: 'hostile', include: [hostile], ...common } },
      { test: { name: 'conformance', include: ['test/conformance/**/*.test.ts'], ...common } },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...common } },
      { test: { name: 'postgres', include: ['test/postgres/**/*.test.ts'], ...common } },
      { test: { name: 'cluster', include: ['test/cluster/**/*.test.ts'], ...common } },
      { test: { name: 'redis', include: ['test/redis/**/*.test.ts'], ...common } },
    ],
  },
});
