/** The seed's examples as demos: plans in our own words with the seed's facts. Durations are scaled, all figures measured. */
import { simservFiles } from './simserv.ts';
import { websocketFiles } from './websocket.ts';

export interface Scenario {
  readonly name: ScenarioName;
  readonly title: string;
  readonly about: string;
  readonly repository: string;
  readonly body: string;
  readonly files: Readonly<Record<string, string>>;
  /** What the example ends with, and so the exit code of the demo when it does. */
  readonly expected: { readonly landed: number; readonly of: number };
}

export type ScenarioName = 'simserv' | 'websocket';
export const scenarioNames: readonly ScenarioName[] = ['simserv', 'websocket'];

const simserv: Scenario = {
  name: 'simserv',
  title: 'Split SimServ into modules',
  about: 'Five independent modules, five agents at once, nothing fails.',
  repository: 'simserv',
  body: [
    'SimServ is one large file. Cut it into modules that can be tested and changed on their own.',
    '',
    '## Sub-tasks',
    '',
    '- [ ] Extract the authentication module from the core',
    '- [ ] Move session management into a module of its own',
    '- [ ] Create the API client module',
    '- [ ] Build the configuration management module',
    '- [ ] Write the integration test suite',
    '',
    '## Acceptance criteria',
    '',
    '- [ ] every module lives in its own folder under `src/`',
    '- [ ] `npm test` is green after each merge',
    '',
  ].join('\n'),
  files: simservFiles,
  expected: { landed: 5, of: 5 },
};

const websocket: Scenario = {
  name: 'websocket',
  title: 'Real-time features over WebSocket',
  about: 'Two of five fail for a reason nobody wrote down; the cause is mended, the failures are tried again.',
  repository: 'realtime',
  body: [
    'Add real-time communication to the service.',
    '',
    '## Sub-tasks',
    '',
    '- [ ] Set up the WebSocket server with connection management',
    '- [ ] Build the real-time chat',
    '- [ ] Build the live notifications',
    '- [ ] Track presence (online, offline)',
    '- [ ] Keep data in sync in real time',
    '',
  ].join('\n'),
  files: websocketFiles,
  expected: { landed: 5, of: 5 },
};

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = { simserv, websocket };
