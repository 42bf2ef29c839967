import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { promisedNow } from '@portineria/config/pace';
import { pause } from './child.ts';
import { isNewEnough } from './golang.ts';
import { install } from './install.ts';
import { livekit, livekitYaml } from './livekit.ts';

describe('building', () => {
  const path = process.env['PATH'];
  let folder: string;
  let cache: string;

  /** A Go that says its version, and does for `go install` what a test wants. */
  function go(version: string, work: string): void {
    const file = join(folder, 'bin', 'go');
    writeFileSync(file, `#!/bin/sh
case "$*" in
  "env GOVERSION") echo ${version} ;;
  "install "*) echo "$GOFLAGS $GOTOOLCHAIN $*" >> ${folder}/calls; ${work} ;;
esac
`);
    chmodSync(file, 0o755);
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portineria-test-'));
    mkdirSync(join(folder, 'bin'));
    cache = join(folder, 'cache');
    process.env['PATH'] = `${join(folder, 'bin')}:/usr/bin:/bin`;
  });
  afterEach(() => { process.env['PATH'] = path; });

  const calls = (): string[] => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
  const drafts = (): string[] => readdirSync(cache).filter((name) => name.includes('draft'));

  test('happens once, of one version, by the Go that is there and no other', async () => {
    go('go1.26.8', 'echo built > "$GOBIN/server"');
    await Promise.all([install([livekit(cache)]), install([livekit(cache)])]);
    await install([livekit(cache)]);
    expect(livekit(cache).present()).toBe(true);
    expect(calls()).toHaveLength(1);
    expect(calls()[0]).toMatch(/local install .*livekit-server\/cmd\/server@v\d+\.\d+\.\d+$/u);
    expect(drafts()).toEqual([]);
  });

  test('that was cut off does not count, and is cleared away by the next', async () => {
    go('go1.27', 'echo built > "$GOBIN/server"');
    mkdirSync(join(cache, 'livekit-1.13.5.draft-killed'), { recursive: true });
    mkdirSync(join(cache, 'livekit-1.13.5'));
    expect(livekit(cache).present()).toBe(false);
    await install([livekit(cache)]);
    expect(livekit(cache).present()).toBe(true);
    expect(existsSync(join(cache, 'livekit-1.13.5.draft-killed'))).toBe(false);
  });

  test('that fails leaves nothing that would count, and says what Go said', async () => {
    go('go1.26.0', 'echo "go: dial tcp: lookup proxy: no such host" >&2; exit 1');
    await expect(install([livekit(cache)])).rejects.toThrow(/LiveKit could not be built \(.*no such host\)/u);
    expect(livekit(cache).present()).toBe(false);
    expect(drafts()).toEqual([]);
  });

  test('is given up with the rest when something fails that is needed', async () => {
    go('go1.26.0', 'sleep 30');
    const failing = { done: 'Fails', present: () => false, install: async () => { await pause(300); throw new Error('It fails'); } };
    const began = performance.now();
    await expect(install([livekit(cache), failing])).rejects.toThrow('It fails');
    expect(performance.now() - began).toBeLessThan(await promisedNow(10_000));
    expect(drafts()).toEqual([]);
  });

  test('needs Go 1.26 or newer', () => {
    expect(['go1.26', 'go1.26.8', 'go1.27rc1', 'go2.0', 'go1.100'].map(isNewEnough)).toEqual([true, true, true, true, true]);
    expect(['go1.25.9', 'go1.3', 'devel', '', 'go0.30'].map(isNewEnough)).toEqual([false, false, false, false, false]);
  });
});

test('it listens on this machine alone, asks nobody outside, and names nobody in its log', () => {
  const settings = parse(livekitYaml({ folder: '/data', port: 4003, mediaPort: 4004, secret: 's'.repeat(32) })) as Record<string, unknown>;
  expect(settings).toMatchObject({
    port: 4003,
    bind_addresses: ['127.0.0.1'],
    rtc: { udp_port: 4004, tcp_port: 0, use_external_ip: false, node_ip: '127.0.0.1', interfaces: { includes: expect.arrayContaining(['lo']) } },
    keys: { portineria: 's'.repeat(32) },
    logging: { level: 'error' },
  });
  expect(JSON.stringify(settings)).not.toMatch(/google|stun\.|turn/u);
});
