/**
 * The program of the process that starts git for us (starter.ts), run by `node -e`, because sources and `dist` have to
 * be able to run it alike. Requests and answers are `StartRequest` and `ProgramEnd` with an `id`; a request with `stop`
 * ends that program. When our process is gone it lets what runs finish (killed, git would leave lock files), and goes.
 */
export const STARTER_SCRIPT = `
const { spawn } = require('node:child_process');
const STDERR_BYTES = 65536;
const running = new Map();

process.on('disconnect', leaveWhenIdle);
process.on('message', (request) => {
  if (request.stop === undefined) start(request);
  else running.get(request.id)?.(request.stop, false);
});

function leaveWhenIdle() {
  if (!process.connected && running.size === 0) process.exit();
}

function start({ id, args, cwd, env, input, timeoutMs, maxBytes }) {
  const chunks = [];
  let bytes = 0;
  let stderr = '';
  let spawnError = null;
  let stopped = null;
  let child = null;
  const timer = setTimeout(() => stop('did not finish within ' + timeoutMs + ' ms', true), timeoutMs);
  const finish = (exitCode) => {
    clearTimeout(timer);
    running.delete(id);
    const end = { id, exitCode, stdout: Buffer.concat(chunks), stderr, spawnError, stopped };
    if (process.connected) process.send(end, () => {});
    leaveWhenIdle();
  };
  const stop = (reason, timedOut) => {
    if (stopped !== null || child?.pid === undefined) return;
    stopped = { reason, timedOut };
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // already gone
    }
    // 'close' waits for every holder of the pipes; after a kill nobody's output matters any more
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  };
  running.set(id, stop);
  try {
    // a group of its own, so that a timeout also ends git-remote-https and whatever else git started
    child = spawn('git', args, { cwd, env, detached: true });
  } catch (error) {
    spawnError = String(error);
    return finish(null);
  }
  child.stdout.on('data', (chunk) => {
    bytes += chunk.length;
    if (bytes > maxBytes) stop('printed more than ' + maxBytes + ' bytes', false);
    else chunks.push(chunk);
  });
  child.stderr.on('data', (chunk) => {
    if (stderr.length < STDERR_BYTES) stderr += chunk.toString('utf8');
  });
  child.on('error', (error) => {
    spawnError = String(error);
    if (child.pid === undefined) finish(null);
  });
  child.on('close', finish);
  // EPIPE when git exits without reading everything; its exit code says what that meant
  child.stdin.on('error', () => {});
  child.stdin.end(input);
}
`;
