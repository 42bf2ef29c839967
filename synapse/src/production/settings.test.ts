import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { homeserverYaml } from '../homeserver.ts';
import { makeSecrets } from '../secrets.ts';
import { PORTS, type Installation, type Place } from './installation.ts';
import { productionFiles } from './settings.ts';

const INSTALLATION: Installation = {
  domain: 'reception.comune.example', server: 'comune.example', turn: 'turn.reception.comune.example', email: 'ced@comune.example', address: '203.0.113.7', federation: 'any', certificates: 'acme',
  metrics: null,
};
const PLACE: Place = { folder: '/srv/portineria/production', ports: PORTS, program: { pages: '/pages', widget: '/widget' } };
const COMUNE = { limits: { addresses: 86_400_000 } } as Parameters<typeof productionFiles>[2];
const SECRETS = { ...makeSecrets(), postgres: 'p'.repeat(64) };

const files = (different: Partial<Installation> = {}): Record<string, string> => productionFiles({ ...INSTALLATION, ...different }, SECRETS, COMUNE, PLACE);
const read = (name: string, different?: Partial<Installation>): Record<string, unknown> => parse(files(different)[name] ?? '') as Record<string, unknown>;
const HOMESERVER = 'synapse/homeserver.yaml';

test('the homeserver of production is that of npm start, but for its database, its listeners and whom it speaks with', () => {
  const embedded = parse(homeserverYaml({
    name: INSTALLATION.server, folder: `${PLACE.folder}/synapse`, port: PORTS.homeserver, porterPort: PORTS.events, publicUrl: `https://${INSTALLATION.domain}`, secrets: SECRETS, addresses: COMUNE.limits.addresses, calls: true,
  })) as Record<string, unknown>;
  const production = read(HOMESERVER);
  const differing = [...new Set([...Object.keys(embedded), ...Object.keys(production)])].filter((key) => JSON.stringify(embedded[key]) !== JSON.stringify(production[key]));
  expect(differing.toSorted()).toEqual(['database', 'federation_domain_whitelist', 'listeners', 'media_store_path']);
});

test.each([
  ['any', undefined, ['client', 'openid', 'federation']],
  ['none', [], ['client', 'openid']],
  [['altro.example'], ['altro.example'], ['client', 'openid', 'federation']],
] as const)('of other servers, %j may speak with it', (federation, whitelist, names) => {
  const { federation_domain_whitelist, listeners } = read(HOMESERVER, { federation: typeof federation === 'string' ? federation : [...federation] });
  expect([federation_domain_whitelist, listeners]).toEqual([whitelist, [expect.objectContaining({ bind_addresses: ['127.0.0.1'], resources: [{ names, compress: false }] })]]);
});

test('on an address of the comune’s own network, sound and calls to browsers find the way to this very machine; on a public one, nobody gets into the network by them', () => {
  expect([read(HOMESERVER), read('livekit/livekit.yaml')['turn']]).toEqual([expect.not.objectContaining({ ip_range_whitelist: expect.anything() }), expect.not.objectContaining({ allow_restricted_peer_cidrs: expect.anything() })]);
  const nearby = { address: '10.1.2.3' };
  expect([read(HOMESERVER, nearby), read('livekit/livekit.yaml', nearby)['turn']]).toEqual([expect.objectContaining({ ip_range_whitelist: ['10.1.2.3/32'] }), expect.objectContaining({ allow_restricted_peer_cidrs: ['10.1.2.3/32'] })]);
});

test('nobody but ourselves is asked for a browser’s own address', () => {
  expect(JSON.stringify(read('livekit/livekit.yaml'))).not.toMatch(/google|stun\.l/u);
  expect(read('livekit/livekit.yaml')['rtc']).toMatchObject({ node_ip: '203.0.113.7', stun_servers: ['203.0.113.7:3478'], use_external_ip: false });
});
