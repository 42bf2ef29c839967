/** Finds the Python that the virtual environments are made of. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Trouble } from './trouble.ts';

const run = promisify(execFile);

const CANDIDATES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.14', 'python'];

/** What a candidate says of itself, as JSON: its version, its own path, and whether it can make virtual environments. */
const PROBE = `
import json, sys
try:
    import venv, ensurepip
    able = True
except ImportError:
    able = False
print(json.dumps([sys.version_info[0], sys.version_info[1], sys.executable, able]))
`;

interface Python { major: number; minor: number; executable: string; able: boolean }

function parse(output: string): Python | undefined {
  const told: unknown = JSON.parse(output);
  if (!Array.isArray(told)) return undefined;
  const [major, minor, executable, able] = told as unknown[];
  if (typeof major !== 'number' || typeof minor !== 'number' || typeof executable !== 'string') return undefined;
  return { major, minor, executable, able: able === true };
}

async function probe(name: string): Promise<Python | undefined> {
  try {
    // A proxy without the interpreter behind it (pyenv, the Windows store) exits with an error: as good as absent.
    return parse((await run(name, ['-c', PROBE], { timeout: 20_000 })).stdout);
  } catch {
    return undefined;
  }
}

/**
 * The path of a Python of at least 3.10 that has `venv` and `ensurepip`.
 * @throws Trouble when there is none, saying what to install
 */
export async function findPython(): Promise<string> {
  const seen: Python[] = [];
  for (const name of CANDIDATES) {
    const python = await probe(name);
    if (!python) continue;
    if (python.major === 3 && python.minor >= 10 && python.able) return python.executable;
    seen.push(python);
  }
  const unable = seen.find(({ major, minor }) => major === 3 && minor >= 10);
  if (unable) {
    throw new Trouble(`Python ${unable.major}.${unable.minor} (${unable.executable}) cannot make virtual environments: install its venv module (Debian, Ubuntu: apt-get install python3-venv), then start again.`);
  }
  const old = seen[0];
  throw new Trouble(old
    ? `Python 3.10 or newer is needed, and the newest found is ${old.major}.${old.minor} (${old.executable}): install a newer one (Debian, Ubuntu: apt-get install python3 python3-venv), then start again.`
    : 'Python 3.10 or newer is needed, and none was found: install it (Debian, Ubuntu: apt-get install python3 python3-venv), then start again.');
}
