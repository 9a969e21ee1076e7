import { resolve } from 'node:path';
import type { GitOptions } from './git-options.ts';

/**
 * Configuration given on the command line of every git call. Command-line configuration outranks every file, so a
 * repository whose own config was tampered with still runs no hook, no file system monitor and no external helper.
 */
const SETTINGS: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.sshCommand=false',
  'core.pager=cat',
  'core.quotePath=false',
  'core.logAllRefUpdates=false',
  'credential.helper=',
  'diff.external=',
  'gc.auto=0',
  'maintenance.auto=false',
  'commit.gpgSign=false',
  'push.gpgSign=false',
  'push.followTags=false',
  'log.showSignature=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'fetch.writeCommitGraph=false',
  'safe.directory=*',
  'protocol.allow=never',
  'protocol.https.allow=always',
  'http.followRedirects=false',
  // A connection that moves less than one byte per second for a minute is dead.
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=60',
  'transfer.fsckObjects=true',
];

/** Old sins in the histories of well known projects; harmless to us, and fatal to a fetch unless allowed by name. */
const TOLERATED_FSCK: readonly string[] = [
  'badEmail',
  'badName',
  'badTimezone',
  'missingEmail',
  'missingNameBeforeEmail',
  'missingSpaceBeforeDate',
  'missingSpaceBeforeEmail',
  'multipleAuthors',
  'zeroPaddedDate',
  'zeroPaddedFilemode',
];

/** The daemon's PATH is not read: git and its helpers come from the places where systems install programs. */
const PROGRAM_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/homebrew/bin';

const NOWHERE = '/nonexistent';

/** The `-c` arguments that precede every git command. */
export function hardenedArguments(protocols: readonly ('http' | 'file')[] = []): string[] {
  const fsck = TOLERATED_FSCK.flatMap((id) => [`fetch.fsck.${id}=ignore`, `receive.fsck.${id}=ignore`]);
  const allowed = protocols.map((protocol) => `protocol.${protocol}.allow=always`);
  return [...SETTINGS, ...fsck, ...allowed].flatMap((setting) => ['-c', setting]);
}

/** The whole environment of a git process, built from nothing; relative places are relative to this process. Also fit for `git http-backend`. */
export function hardenedEnvironment(options: GitOptions = {}): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: PROGRAM_PATH,
    HOME: NOWHERE,
    XDG_CONFIG_HOME: NOWHERE,
    LANG: 'C.UTF-8',
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_EDITOR: ':',
    GIT_PAGER: 'cat',
    GIT_SSH_COMMAND: 'false',
  };
  if (options.gitDir !== undefined) environment.GIT_DIR = resolve(options.gitDir);
  if (options.workTree !== undefined) environment.GIT_WORK_TREE = resolve(options.workTree);
  if (options.indexFile !== undefined) environment.GIT_INDEX_FILE = resolve(options.indexFile);
  if (options.objectDirectory !== undefined) environment.GIT_OBJECT_DIRECTORY = resolve(options.objectDirectory);
  if (options.alternates !== undefined) environment.GIT_ALTERNATE_OBJECT_DIRECTORIES = options.alternates;
  if (options.auth !== undefined) environment.GIT_ASKPASS = options.auth.askpassFile;
  return { ...environment, ...options.env };
}
