/** Tokens for calls: how many a second, and how long each takes, beside the least that it could take: the homeserver's own word whose an OpenID token is. */
import { askToken, deviceOf, openidOf } from '../rig/calls.ts';
import { arrive, startReception, type Reception } from '../rig/reception.ts';
import { cardOf, visitOf } from '../rig/scenes.ts';
import { ms, quantile, times, type Row } from './figures.ts';

const ASKED = 1500;
const AT_ONCE = 8;
/** Each address may ask for 300 a minute; the bench comes from many. */
const ADDRESSES = 200;

/** Does the same again and again, some at a time. @returns milliseconds for each, and for all */
async function measure(work: (index: number) => Promise<void>): Promise<{ each: number[]; all: number }> {
  const each: number[] = [];
  let next = 0;
  const began = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < ASKED) {
      const index = next++;
      const start = performance.now();
      await work(index);
      each.push(performance.now() - start);
    }
  }));
  return { each, all: performance.now() - began };
}

async function figures(reception: Reception): Promise<Row[]> {
  const { anna, rooms } = reception;
  const guest = await arrive(reception, 'anagrafe');
  const card = await cardOf(reception, rooms.anagrafe, guest.person.user);
  await anna.react(rooms.anagrafe, card.event_id, '✅');
  const room = await visitOf(guest.person, rooms.anagrafe);
  await guest.person.join(room);
  const openid = await openidOf(guest.person);
  const device_id = await deviceOf(guest.person);
  const expect200 = async (response: Response): Promise<void> => {
    await response.text();
    if (response.status !== 200) throw new Error(`It was answered with ${response.status}`);
  };
  const userinfo = `${reception.homeserver.url}/_matrix/federation/v1/openid/userinfo?access_token=${String(openid['access_token'])}`;
  const bare = await measure(async () => expect200(await fetch(userinfo)));
  const ours = await measure(async (index) => expect200(await askToken(reception.url, '/sfu/get', { room, openid_token: openid, device_id }, `198.51.100.${index % ADDRESSES}`)));
  const ratio = quantile(ours.each, 0.95) / quantile(bare.each, 0.95);
  return [
    { what: 'bare Synapse, whose a token is: a second, p50 / p95', figure: `${Math.round((1000 * ASKED) / bare.all)}, ${ms(quantile(bare.each, 0.5))} / ${ms(quantile(bare.each, 0.95))}` },
    { what: `call tokens, ${AT_ONCE} at once: a second, p50 / p95`, figure: `${Math.round((1000 * ASKED) / ours.all)}, ${ms(quantile(ours.each, 0.5))} / ${ms(quantile(ours.each, 0.95))}` },
    { what: 'p95 against bare (it also asks whose the device is)', figure: times(ratio), goal: 'at most 4 x', holds: ratio <= 4 },
  ];
}

/** Runs against a reception of its own, with a server for calls. */
export async function benchTokens(): Promise<Row[]> {
  const reception = await startReception({ calls: true, direct: true });
  try {
    return await figures(reception);
  } finally {
    await reception.stop();
  }
}
