/** Finds the Go that the calls' server is built with, and has it installed where there is none that fits. */
import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lastLine, runToEnd } from './child.ts';
import { environment } from './install.ts';
import { Trouble } from './trouble.ts';

const run = promisify(execFile);

/** The oldest Go that builds it. */
const OLDEST = [1, 26] as const;

const CANDIDATES = ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go'];

interface Go {
  /** The path or name that it is called by. */
  command: string;
  /** It came with us: what it downloads and makes is nobody else's, and is removed with the build. */
  ours: boolean;
}

/** Whether a version as Go tells it, such as `go1.26.8` or `go1.27rc1`, is new enough. */
export function isNewEnough(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/u.exec(version.trim()) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1]);
}

async function fits(command: string): Promise<boolean> {
  try {
    // Without GOTOOLCHAIN an old Go would download a newer one and speak for that.
    const { stdout } = await run(command, ['env', 'GOVERSION'], { timeout: 20_000, env: { ...process.env, GOTOOLCHAIN: 'local' } });
    return isNewEnough(stdout);
  } catch {
    return false;
  }
}

/**
 * A Go that is new enough: one that is installed, else PyPI's, locked by its hash.
 * @throws Trouble when it cannot be installed
 */
async function findGo(signal?: AbortSignal): Promise<Go> {
  for (const command of CANDIDATES) if (await fits(command)) return { command, ours: false };
  const toolchain = environment('Go', 'go-requirements.txt');
  if (!toolchain.present()) await toolchain.install(signal);
  const { stdout } = await run(toolchain.python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  const command = join(stdout.trim(), 'go', 'bin', 'go');
  if (!existsSync(command)) throw new Trouble(`PyPI's Go has no ${command}: install Go ${OLDEST.join('.')} or newer (https://go.dev), then start again.`);
  return { command, ours: true };
}

/** Milliseconds that building may take: minutes on a small machine, and no more than half an hour on any. */
const BUILD_PATIENCE = 30 * 60_000;

/**
 * Builds a Go program. Its modules come from Go's proxy, which checks them.
 * @param what it is called in what is said of it
 * @param folder what it becomes; its log is named after that
 * @param draft the folder that it is made in, which `GOBIN` names as well
 * @param args of `go`
 * @param from the folder that it is called in, where that matters
 * @param nice how far it gives way to other processes
 * @throws Trouble when it cannot be built
 */
export async function buildGo(what: string, folder: string, draft: string, args: string[], { from, nice, signal }: { from?: string; nice?: number; signal?: AbortSignal | undefined } = {}): Promise<void> {
  const output = `${folder}.log`;
  rmSync(output, { force: true });
  const go = await findGo(signal);
  const own = join(draft, 'go');
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    // What somebody's own work asks of Go does not concern this build.
    GOFLAGS: '-trimpath -modcacherw',
    GOWORK: 'off',
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0',
    GOBIN: draft,
    ...(go.ours ? { GOPATH: own, GOMODCACHE: join(own, 'mod'), GOCACHE: join(own, 'cache') } : {}),
  };
  const either = AbortSignal.any([AbortSignal.timeout(BUILD_PATIENCE), ...(signal ? [signal] : [])]);
  const how = await runToEnd(go.command, args, output, either, { env, ...(from === undefined ? {} : { cwd: from }), ...(nice === undefined ? {} : { nice }) });
  if (how !== 0) throw new Trouble(`${what} could not be built (${lastLine(output, /error|cannot|fail|lookup|timeout|no space/iu)}). All that was said is in ${output}.`);
  rmSync(own, { recursive: true, force: true });
}
