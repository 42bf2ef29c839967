/** What clients and other servers are told at the homeserver's own name (client-server and server-server API, "Well-known URI"; MSC4143). */
import { resolveSrv } from 'node:dns/promises';
import * as z from 'zod';
import { type Finding, fault, unseen, well } from './finding.ts';
import { ask, type House, reasonOf } from './house.ts';
import { certificate, isThisMachine } from './names.ts';

const Client = z.looseObject({
  'm.homeserver': z.object({ base_url: z.string() }),
  'org.matrix.msc4143.rtc_foci': z.array(z.looseObject({ type: z.string(), livekit_service_url: z.string().optional() })).default([]),
});
const Server = z.object({ 'm.server': z.string() });
const Keys = z.object({ server_name: z.string(), valid_until_ts: z.number() });

const plain = (url: string): string => url.replace(/\/+$/u, '');

/** Where a server's own name is served: of one on this machine, the reception itself. */
function ownOrigin({ server, url }: House): string {
  return isThisMachine(server.split(':')[0] ?? '') ? url.origin : `https://${server}`;
}

/** Element Call inside Element finds the SFU by this file alone. */
export async function forClients(house: House, origin: string = ownOrigin(house)): Promise<Finding[]> {
  const file = `${origin}/.well-known/matrix/client`;
  const wanted = plain(house.url.origin);
  const service = new URL('/livekit', house.url).href;
  const values = { file, wanted, service };
  try {
    const { status, headers, body } = await ask(file);
    const told = Client.safeParse(body);
    if (status !== 200 || !told.success) return [fault('client.none', { ...values, why: status === 200 ? 'no such JSON' : `HTTP ${status}` })];
    const came = told.data['m.homeserver'].base_url;
    const foci = told.data['org.matrix.msc4143.rtc_foci'];
    return [
      plain(came) === wanted ? well('client.right', values) : fault('client.other', { ...values, came }),
      ...(headers.get('access-control-allow-origin') === '*' ? [] : [fault('client.cors', values)]),
      ...(house.bot.livekit === null ? []
        : [foci.some(({ type, livekit_service_url: one }) => type === 'livekit' && plain(one ?? '') === plain(service)) ? well('foci.right', values) : fault('foci.none', values)]),
    ];
  } catch (error) {
    return [fault('client.none', { ...values, why: reasonOf(error) })];
  }
}

/** Where other servers find this one: its delegation, else a record in the DNS, else port 8448. */
async function delegated(house: House, origin: string): Promise<string> {
  const { server } = house;
  if (/:\d+$/u.test(server)) return server;
  const told = await ask(`${origin}/.well-known/matrix/server`).then(({ status, body }) => (status === 200 ? Server.safeParse(body).data?.['m.server'] : undefined), () => undefined);
  if (told !== undefined) return /:\d+$/u.test(told) ? told : `${told}:8448`;
  const [record] = await resolveSrv(`_matrix-fed._tcp.${server}`).catch(() => []);
  return record === undefined ? `${server}:8448` : `${record.name}:${record.port}`;
}

/** Whether another server would find this one and its keys. */
export async function federation(house: House, origin: string = ownOrigin(house)): Promise<Finding[]> {
  if (house.federates === false) return [well('federation.off')];
  const at = await delegated(house, origin);
  const values = { at, server: house.server };
  const colon = at.lastIndexOf(':');
  const secure = await certificate(at.slice(0, colon), Number(at.slice(colon + 1)), house.now());
  if (secure.state === 'fault' && secure.text === 'tls.none') return [fault('federation.away', { ...values, why: secure.values['why'] ?? '' })];
  if (secure.state === 'fault') return [secure];
  try {
    const { status, body } = await ask(`https://${at}/_matrix/key/v2/server`);
    const keys = Keys.safeParse(body);
    if (!keys.success) return [secure, fault('federation.away', { ...values, why: `HTTP ${status}` })];
    if (keys.data.server_name !== house.server) return [secure, fault('federation.other', { ...values, came: keys.data.server_name })];
    return [secure, keys.data.valid_until_ts < house.now() ? fault('federation.keys', values) : well('federation.right', values), unseen('federation.out')];
  } catch (error) {
    return [secure, fault('federation.away', { ...values, why: reasonOf(error) })];
  }
}
