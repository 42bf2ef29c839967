import { DESK_APP, GATEWAY_PATH } from '@portineria/config/push';
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import webPush from 'web-push';
import { pushService, subscribed, type PushService } from './browser.fixture.ts';
import { reception, running, type Answer, type Running } from './http.fixture.ts';
import type { WaitingKnock } from '../judgement/calling.ts';
import { OfficeId } from '@portineria/config/ids';

const [OFFICE, CARD] = ['!ufficio:comune.example', '$card'];
const KNOCK: WaitingKnock = { office: OfficeId.parse('anagrafe'), number: 7 };
const browser = subscribed();
const { publicKey: public_key, privateKey: private_key } = webPush.generateVAPIDKeys();

/** A gateway at whose office one card stands. */
async function gateway(service: PushService, knockBehind: (room: string, event: string) => WaitingKnock | 'no_office' | null = (room, event) => (room !== OFFICE ? 'no_office' : event === CARD ? KNOCK : null), near = [service.url]): Promise<Running> {
  return running({ settings: { push: { public_key, private_key, near_services: near } }, reception: reception({ knockBehind }) });
}
const deviceAt = (endpoint: string, different: object = {}) => ({ app_id: DESK_APP, pushkey: browser.p256dh, pushkey_ts: 1, data: { format: 'event_id_only', endpoint, auth: browser.auth, lang: 'it', ...different }, tweaks: {} });
const tell = (server: Running, devices: object[], { room = OFFICE, event = CARD } = {}): Promise<Answer> =>
  server.ask(GATEWAY_PATH, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ notification: { room_id: room, event_id: event, prio: 'high', counts: { unread: 1 }, devices } }) });
const rejected = ({ status, text }: Answer): unknown[] => [status, (JSON.parse(text) as { rejected: string[] }).rejected];

describe('the push gateway', () => {
  test('calls the browser of whoever is told of a card: office and number, encrypted for it alone, and signed as ours', async () => {
    await using service = await pushService();
    await using server = await gateway(service);
    expect(rejected(await tell(server, [deviceAt(`${service.url}/browser`)]))).toEqual([200, []]);
    const [sent] = service.sent;
    expect([sent?.path, sent?.headers['ttl'], sent?.headers['urgency'], sent?.headers['content-encoding']]).toEqual(['/browser', '300', 'high', 'aes128gcm']);
    expect(JSON.parse(browser.read(sent?.body ?? Buffer.alloc(0)))).toEqual({ title: 'Anagrafe: bussa il n. 7', tag: OFFICE });
    expect(decodeJwt(/t=([^,]+)/u.exec(String(sent?.headers['authorization']))?.[1] ?? '')).toMatchObject({ aud: service.url, sub: 'mailto:portineria@sportello.example' });
  });

  test('calls for one card once in each browser, however often it is told', async () => {
    await using service = await pushService();
    await using server = await gateway(service);
    for (let times = 0; times < 3; times += 1) await tell(server, [deviceAt(`${service.url}/browser`)]);
    await tell(server, [deviceAt(`${service.url}/another`)]);
    expect(service.sent.map(({ path }) => path)).toEqual(['/browser', '/another']);
  });

  test('waits a moment for the porter, which may learn of its own card later than the homeserver tells of it', async () => {
    await using service = await pushService();
    let asked = 0;
    await using server = await gateway(service, () => (++asked < 3 ? null : KNOCK));
    await tell(server, [deviceAt(`${service.url}/browser`)]);
    expect(service.sent).toHaveLength(1);
  });

  test('is no relay: of what is no card nobody is called, and what a sender says beside it is said to nobody', async () => {
    await using service = await pushService();
    await using server = await gateway(service);
    for (const told of [{ room: '!private:comune.example' }, { event: '$chat' }]) expect(rejected(await tell(server, [deviceAt(`${service.url}/browser`)], told))).toEqual([200, []]);
    const counts = { notification: { counts: { unread: 2 }, devices: [deviceAt(`${service.url}/browser`)] } };
    expect((await server.ask(GATEWAY_PATH, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(counts) })).status).toBe(200);
    expect(service.sent).toEqual([]);
    const body = { notification: { room_id: OFFICE, event_id: CARD, content: { body: 'Compra ora' }, room_name: 'Compra ora', devices: [deviceAt(`${service.url}/browser`)] } };
    await server.ask(GATEWAY_PATH, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    expect(browser.read(service.sent[0]?.body ?? Buffer.alloc(0))).not.toContain('Compra');
  });

  test.each([
    ['in the clear', 'http://push.example/b'], ['at an address inside the network', 'https://10.0.0.1/b'], ['at this machine', 'https://127.0.0.1/b'], ['at this machine by another name', 'https://[::ffff:127.0.0.1]/b'],
    ['of no scheme of the web', 'ftp://push.example/b'], ['with a password', 'https://a:b@push.example/b'], ['that is none', 'push'], ['that is too long', `https://push.example/${'b'.repeat(1500)}`],
  ])('has the homeserver forget a browser %s', async (_what, endpoint) => {
    await using service = await pushService();
    await using server = await gateway(service);
    expect(rejected(await tell(server, [deviceAt(endpoint)]))).toEqual([200, [browser.p256dh]]);
  });

  test('does not ask a name that leads inside the network, nor loopback unless it is told so', async () => {
    await using service = await pushService();
    await using server = await gateway(service, undefined, []);
    expect((await tell(server, [deviceAt(`https://localhost:${new URL(service.url).port}/b`)])).status).toBe(502);
    expect(rejected(await tell(server, [deviceAt(`${service.url}/b`)]))).toEqual([200, [browser.p256dh]]);
    expect(service.sent).toEqual([]);
  });

  test.each([404, 410])('has the homeserver forget a browser that its service knows no more (%i), and no other', async (status) => {
    await using service = await pushService();
    service.answer = status;
    await using server = await gateway(service);
    expect(rejected(await tell(server, [deviceAt(`${service.url}/b`)]))).toEqual([200, [browser.p256dh]]);
  });

  test('has it try again where a service is away, and calls then', async () => {
    await using service = await pushService();
    service.answer = 503;
    await using server = await gateway(service);
    const answer = await tell(server, [deviceAt(`${service.url}/secret-of-the-browser`)]);
    expect(answer.status).toBe(502);
    expect([answer.text, ...server.logged].join('\n')).not.toContain('secret-of-the-browser');
    service.answer = 201;
    expect((await tell(server, [deviceAt(`${service.url}/secret-of-the-browser`)])).status).toBe(200);
    expect(service.sent).toHaveLength(2);
  });

  test('has it forget the browsers of other applications, and such as have no keys', async () => {
    await using service = await pushService();
    await using server = await gateway(service);
    const devices = [{ ...deviceAt(`${service.url}/b`), app_id: 'other' }, { ...deviceAt(`${service.url}/b`), pushkey: 'AAAA' }, deviceAt(`${service.url}/b`, { auth: 'x y' })];
    expect(rejected(await tell(server, devices))).toEqual([200, [browser.p256dh, 'AAAA', browser.p256dh]]);
    expect(service.sent).toEqual([]);
  });

  test.each([{}, { notification: {} }, { notification: { devices: [] } }, { notification: { devices: Array.from({ length: 21 }, () => ({ pushkey: 'a' })) } }, 'x', null])('refuses what is no notification: %j', async (body) => {
    await using service = await pushService();
    await using server = await gateway(service);
    const answer = await server.ask(GATEWAY_PATH, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    expect([answer.status, (JSON.parse(answer.text) as { errcode: string }).errcode]).toEqual([400, 'M_BAD_JSON']);
  });

  test('takes so many a minute from one address, as the configuration has it', async () => {
    await using service = await pushService();
    await using server = await running({ settings: { push: { public_key, private_key, near_services: [service.url] } }, reception: reception({ knockBehind: () => KNOCK }), limits: { pushesPerMinute: 1 } });
    expect((await tell(server, [deviceAt(`${service.url}/b`)])).status).toBe(200);
    const refused = await tell(server, [deviceAt(`${service.url}/b`)]);
    expect([refused.status, (JSON.parse(refused.text) as { errcode: string }).errcode]).toEqual([429, 'M_LIMIT_EXCEEDED']);
  });
});
