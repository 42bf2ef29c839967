/** The bot's process stands still for longer than anybody's page may be silent: nobody loses a place by that. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { until } from './rig/matrix.ts';
import { arrive, askForAccount, CONFIG, startReception, type Reception } from './rig/reception.ts';
import { cardOf, erased, isErased, waitingIn } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

/** Milliseconds after which a page that gives no sign of life counts as gone, and an account as unused; and for how long the bot stands still. */
const [SILENCE, STOPPED] = [30_000, 35_000];

let reception: Reception;
stage(async () => {
  const minutes = SILENCE / 60_000;
  reception = await startReception({ config: CONFIG.replace('retention: 0.01', `retention: 0.01, silence: ${minutes}, unused: ${minutes}`) });
}, () => reception.stop());

test('whoever waits keeps the place over it; and silence counts again from then on', { timeout: paced(300_000) }, async () => {
  const office = reception.rooms.anagrafe;
  const guest = await arrive(reception, 'anagrafe');
  const { number } = await cardOf(reception, office, guest.person.user);
  const unused = await askForAccount(reception, { office: 'anagrafe', name: 'Luca', topic: '', language: 'it', voice: false, consent: true });
  const { access_token } = (await unused.json()) as { access_token: string };
  const lives = async (): Promise<boolean> => (await fetch(`${reception.url}/_matrix/client/v3/account/whoami`, { headers: { authorization: `Bearer ${access_token}` } })).ok;

  const bot = reception.bot();
  bot.kill('SIGSTOP');
  // It is the time itself that has to pass.
  await sleep(STOPPED);
  bot.kill('SIGCONT');

  // The porter is at work again, and has looked at who waits.
  const rosa = await reception.person('rosa');
  await rosa.knock('#anagrafe:localhost');
  const card = await cardOf(reception, office, rosa.user);
  const numbers = await until('the queue with the newcomer', async () => {
    const waiting = (await waitingIn(reception, office)).map((one) => one.number);
    return waiting.includes(card.number) ? waiting : null;
  });
  expect(numbers).toEqual([number, card.number]);
  expect(await lives()).toBe(true);
  expect(await isErased(guest.person)).toBe(false);
  await rosa.withdraw();

  await erased(guest.person, 120_000);
  await until('the account that nobody used is erased', async () => !(await lives()), 120_000);
});
