/** Staff whose homeserver is not the reception's: two real servers that federate, the staff's page at one of them, and the call between both. */
import AxeBuilder from '@axe-core/playwright';
import type { Homeserver } from '@portineria/synapse/harness';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { paced, promisedNow } from '@portineria/config/pace';
import { DESK, knockBy, NARROW, visitorWith, type Visitor } from '../rig/browser.ts';
import { prepareTown, startOtherServer, type Town } from '../rig/federation.ts';
import { Failure, Person, until } from '../rig/matrix.ts';
import { cardsIn, CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { visitsOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';
import { admit, deskAccount, enterFrom, hears, speaking, TONES } from '../rig/voice.ts';

const PASSWORD = 'una-parola-altrui';

let town: Town;
let other: Homeserver;
/** A server at which nobody logs in with a password. */
let closed: Homeserver;
/** The name of one that is not there. */
let away: string;
let reception: Reception;
let carla: Person;
let phone: Browser;
let office: Browser;

stage(async () => {
  town = await prepareTown(4);
  const [here, there, apart, nowhere] = town.servers;
  if (here === undefined || there === undefined || apart === undefined || nowhere === undefined) throw new Error('Expected four servers');
  away = `localhost:${nowhere.port}`;
  // As Synapse comes, without delayed events.
  [other, closed] = await Promise.all([startOtherServer(there, { max_event_delay_duration: undefined }), startOtherServer(apart, { password_config: { enabled: false } })]);
  const { user_id, access_token } = await other.registerUser('carla', PASSWORD);
  carla = new Person(other.url, user_id, access_token);
  const config = CONFIG.replace('"@bruno:localhost"]', `"@bruno:localhost", "${user_id}", "@dino:${away}", "@enzo:${closed.name}"]`);
  reception = await startReception({ calls: true, config, federation: here });
  [phone, office] = await Promise.all([speaking(TONES.visitor), speaking(TONES.staff, town.trust)]);
  await carla.until('an invitation into the office', () => carla.invites.has(reception.rooms.anagrafe));
  await carla.join(reception.rooms.anagrafe);
}, async () => {
  await Promise.all([phone?.close(), office?.close()]);
  await reception?.stop();
  await Promise.all([other?.stop(), closed?.stop()]);
  await town?.stop();
});

async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

/** Types an id of another server and goes on to the page that may speak to it. @returns the policy of that page */
async function lead(page: Page, user: string, server: string): Promise<string> {
  await page.getByLabel('Nome utente').fill(user);
  expect(await page.getByLabel('Password').count()).toBe(0);
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().includes('/desk?')),
    page.getByRole('button', { name: `Continua presso ${server}` }).click(),
  ]);
  return (await answer.allHeaders())['content-security-policy'] ?? '';
}

async function logInAt(page: Page, password: string): Promise<void> {
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Entra', exact: true }).click();
}

/** A page of carla's that is logged in at her own server. */
async function carlaAtDesk(): Promise<Visitor> {
  const visitor = await visitorWith(office, reception.url, DESK);
  await visitor.page.goto(`${reception.url}/desk`);
  await lead(visitor.page, carla.user, other.name);
  await logInAt(visitor.page, PASSWORD);
  await visitor.page.getByText(/Nessun colloquio aperto|Colloqui aperti/u).waitFor();
  return visitor;
}

async function writes(from: Page, to: Page, words: string): Promise<void> {
  await from.getByLabel('Il Suo messaggio').fill(words);
  await from.getByRole('button', { name: 'Invia' }).click();
  await to.getByText(words).waitFor();
}

test('staff of another server are invited there, log in there, open the door from there, and the citizen and they hear and read each other', async () => {
  const { page: desk, strayed, complaints } = await visitorWith(office, reception.url, DESK);
  /** What Element Call's frame asks outside of the reception. */
  const framed: string[] = [];
  desk.on('request', (request) => {
    if (request.frame() !== desk.mainFrame() && !request.url().startsWith(reception.url) && !/^(?:data|blob):/u.test(request.url())) framed.push(request.url());
  });
  await desk.goto(`${reception.url}/desk?lang=it#`);
  await desk.getByLabel('Nome utente').waitFor();
  await isAccessible(desk);
  expect(strayed).toEqual([]);
  const policy = await lead(desk, carla.user, other.name);
  expect(policy).toContain(`connect-src 'self' https://${other.name};`);
  expect(policy.match(/https?:/gu)).toHaveLength(1);
  // The name is there already, the password is asked for there.
  expect(await desk.getByLabel('Nome utente').inputValue()).toBe(carla.user);
  await desk.getByText(`Quella del Suo account presso ${other.name}.`).waitFor();
  await isAccessible(desk);
  await logInAt(desk, 'sbagliata');
  await desk.getByText('Nome utente o password non sono giusti.').waitFor();
  await desk.getByLabel('Nome utente').fill(carla.user);
  await logInAt(desk, PASSWORD);
  await desk.getByText('Nessun colloquio aperto').waitFor();

  const { page, strayed: visitorStrayed, complaints: visitorComplaints } = await visitorWith(phone, reception.url, NARROW);
  await page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(page, 'Maria Bianchi', 'Carta d’identità');
  const number = Number(/è (\d+)/u.exec(await page.getByText(/Il Suo numero è/u).innerText())?.[1]);
  const card = await carla.until('the card at the other server', () => cardsIn(carla, reception.rooms.anagrafe).find((one) => one.number === number));
  await carla.react(reception.rooms.anagrafe, card.event_id, '✅');
  await enterFrom(desk, number);
  await hears(page, TONES.staff);
  await hears(desk, TONES.visitor);
  await isAccessible(desk);
  await writes(page, desk, 'Buongiorno, mi sente?');
  await writes(desk, page, 'Sì, benissimo.');

  // A reload goes on where it was: at that server, in that visit.
  const reloaded = Date.now();
  await desk.reload();
  await hears(desk, TONES.visitor);
  await hears(page, TONES.staff);
  expect(Date.now() - reloaded).toBeLessThan(await promisedNow(12_000));

  await page.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await desk.getByText('Questo colloquio è concluso').waitFor();
  expect(await desk.locator('.call-slot iframe').count()).toBe(0);

  const { access_token } = await deskAccount(desk);
  await desk.getByRole('button', { name: 'Esci' }).click();
  await desk.getByLabel('Password').waitFor();
  const gone = new Person(other.url, carla.user, access_token);
  await until('the login at the other server is over', () => gone.ask('GET', '/account/whoami').then(() => false, (error: unknown) => error instanceof Failure && error.status === 401));
  // The page has spoken to that server alone, its frame not even to that, and the citizen's page to nobody but the reception.
  expect(strayed.filter((url) => !url.startsWith(`https://${other.name}/_matrix/`))).toEqual([]);
  expect([framed, visitorStrayed, complaints, visitorComplaints]).toEqual([[], [], [], []]);
}, paced(240_000));

test('a colleague of another server enters a visit that others opened, by nothing but its room’s id', async () => {
  const { page: desk } = await carlaAtDesk();
  const { page } = await visitorWith(phone, reception.url, NARROW);
  await page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(page, 'Ugo Neri', '');
  const number = await admit(reception, page);
  await page.getByRole('heading', { name: /A colloquio con/u }).waitFor();
  const { room } = await until('the visit', async () => (await visitsOf(reception)).find(({ visit: { ticket } }) => ticket === number));
  await desk.goto(`${reception.url}/desk?server=${encodeURIComponent(other.name)}#${encodeURIComponent(room)}`);
  await desk.reload();
  // What was said before is not for whoever was not invited.
  await hears(page, TONES.staff);
  await writes(page, desk, 'C’è qualcuno?');
  await writes(desk, page, 'Eccomi.');
  await hears(desk, TONES.visitor);
}, paced(120_000));

test('a page that is opened without its server finds back to it, while one is logged in', async () => {
  const { page: desk } = await carlaAtDesk();
  await desk.goto(`${reception.url}/desk`);
  await desk.getByRole('button', { name: 'Esci' }).waitFor();
  expect(new URL(desk.url()).searchParams.get('server')).toBe(other.name);
}, paced(60_000));

test.each([
  ['that nobody of the staff is of', () => 'altrove.example', 'Nessun ufficio ha personale presso '],
  ['that cannot be found', () => away, ' non si trova, o non risponde.'],
])('a server %s is told of in a sentence, and the page may speak to nobody more than before', async (_which, name, sentence) => {
  const server = name();
  const { page, context, strayed, complaints } = await visitorWith(office, reception.url, NARROW);
  await page.goto(`${reception.url}/desk`);
  expect(await lead(page, `@dino:${server}`, server)).toContain("connect-src 'self';");
  await page.getByText(sentence).waitFor();
  await isAccessible(page);
  // Another try is another question, and one's own server is open as ever.
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: `Continua presso ${server}` }).click()]);
  await page.getByLabel('Nome utente').fill('anna');
  await logInAt(page, reception.password);
  await page.getByRole('button', { name: 'Esci' }).waitFor();
  expect([strayed, complaints]).toEqual([[], []]);
  await context.close();
}, paced(60_000));

test('a server without logins by password is told of before any password is sent', async () => {
  const { page, context, strayed } = await visitorWith(office, reception.url, NARROW);
  const sent: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
  await page.goto(`${reception.url}/desk`);
  await lead(page, `@enzo:${closed.name}`, closed.name);
  await page.getByText(`${closed.name} non offre un modo di entrare che questa pagina conosca.`).waitFor();
  expect(await page.getByLabel('Password').count()).toBe(0);
  expect(sent).toEqual([]);
  expect(new Set(strayed)).toEqual(new Set([`https://${closed.name}/_matrix/client/v3/login`]));
  await context.close();
}, paced(60_000));

test('no other page may speak to the staff’s servers', async () => {
  for (const path of ['/', '/o/anagrafe', '/desk', '/element-call/index.html', `/?server=${other.name}`, '/nowhere']) {
    const { headers } = await fetch(`${reception.url}${path}`, { headers: { accept: 'text/html' } });
    expect([path, headers.get('content-security-policy')]).toEqual([path, expect.stringContaining("connect-src 'self';")]);
  }
});
