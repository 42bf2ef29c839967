import { expect, test } from 'vitest';
import { goNewest, goProxy, npmBehind, pipNewest } from './registries.ts';
import { Trouble } from './trouble.ts';

test('npm’s packages are named once, however many workspaces have them', () => {
  const vue = { current: '3.5.4', wanted: '3.5.4', latest: '3.6.0', dependent: 'client', location: '/node_modules/vue' };
  const said = JSON.stringify({ vue, zod: [{ ...vue, current: '4.0.0', latest: '5.0.0' }, { ...vue, current: '4.0.0', latest: '5.0.0' }], jose: { ...vue, current: '6.0.0', latest: '6.0.0' } });
  expect(npmBehind(said)).toEqual([{ name: 'vue', have: '3.5.4', newest: '3.6.0' }, { name: 'zod', have: '4.0.0', newest: '5.0.0' }]);
  expect(npmBehind('{}')).toEqual([]);
  expect(npmBehind('')).toEqual([]);
});

test('pip and Go’s proxy name the newest version', () => {
  expect(pipNewest('matrix-synapse', 'matrix-synapse (1.170.0)\nAvailable versions: 1.170.0, 1.169.0\n')).toBe('1.170.0');
  expect(goNewest('example.com/thing', 'v1.9.0\nv1.14.0\nv1.15.0-rc1\nv1.2.0\n')).toBe('1.14.0');
});

test('an answer of another shape is told with what to do', () => {
  const refusals = [
    () => npmBehind('<html>'),
    () => npmBehind('{"vue":{"latest":7}}'),
    () => npmBehind('{"error":{"code":"ENOTFOUND","summary":"request to the registry failed","detail":""}}'),
    () => pipNewest('matrix-synapse', 'ERROR: no such command'),
    () => pipNewest('matrix-synapse', `matrix-synapse (${'1'.repeat(200)})`),
    () => goNewest('example.com/thing', 'not found'),
    () => goNewest('example.com/thing', 'v2.0.0-rc1\n'),
  ];
  for (const refusal of refusals) expect(refusal).toThrow(Trouble);
  for (const refusal of refusals) expect(refusal).toThrow(/: (?:try again|check the connection|look at https)/u);
});

test('the proxy is the first of GOPROXY that has an address', () => {
  expect(goProxy(undefined)).toBe('https://proxy.golang.org');
  expect(goProxy('off')).toBe('https://proxy.golang.org');
  expect(goProxy('direct,https://go.example/,https://other.example')).toBe('https://go.example');
});
