/** What a citizen meets at the form in a real browser: names that show nothing, answers that do not come, too many requests; and files of others that are no part of the pages. */
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { knockBy, openBrowser, picture, visitorWith } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { arrive, startReception, type Reception } from '../rig/reception.ts';
import { admin } from '../rig/administrator.ts';
import { seeOff } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
let browser: Browser;
stage(async () => { [reception, browser] = await Promise.all([startReception(), openBrowser()]); }, async () => {
  await browser?.close();
  await reception?.stop();
});

async function visitors(): Promise<number> {
  const { users } = await admin<{ users: { name: string }[] }>(reception, '/v2/users?limit=10000&deactivated=true&guests=false');
  return users.filter(({ name }) => name.startsWith('@ospite-')).length;
}

/** A page at the registry's door, from an address of its own. */
async function atTheDoor(address: string): Promise<Page> {
  const { page, context } = await visitorWith(browser, reception.url);
  await context.setExtraHTTPHeaders({ 'x-forwarded-for': address });
  await page.goto(`${reception.url}/o/anagrafe`);
  return page;
}

test('a name that shows nothing, and half of an emoji, are told at the field, before anything is sent', async () => {
  const page = await atTheDoor('198.18.1.1');
  const asked: string[] = [];
  page.on('request', (request) => { if (request.method() === 'POST') asked.push(request.url()); });
  const name = page.getByLabel('Come si chiama?');
  const topic = page.getByLabel(/Di che cosa/u);
  await page.getByLabel('Ho letto').check();
  for (const [words, sentence] of [['\u200B\u3164', /non si vede nulla/u], ['\u2800', /non si vede nulla/u], ['🙂'.repeat(81), /Troppo lungo: al massimo 80/u]] as const) {
    await name.fill(words);
    await page.getByRole('button', { name: 'Bussa' }).click();
    await page.getByText(sentence).waitFor();
    expect([words, await name.getAttribute('aria-invalid'), await page.evaluate(() => document.activeElement?.id)]).toEqual([words, 'true', 'name']);
  }
  await name.evaluate((field: HTMLInputElement) => {
    field.value = 'Maria \uD83D';
    field.dispatchEvent(new Event('input'));
  });
  await picture(page, 'office-faults');
  await page.getByText(/Un carattere è arrivato a metà/u).waitFor();
  await name.fill('Maria');
  await topic.fill('\u202E');
  await page.getByText(/non si vede nulla/u).waitFor();
  expect(await topic.getAttribute('aria-invalid')).toBe('true');
  expect(asked).toEqual([]);
  await page.context().close();
});

test('five times "Riprova" after no answer are one account and one knock', async () => {
  const before = await visitors();
  const page = await atTheDoor('198.18.1.2');
  // Each account is made, and its answer cut off on the way.
  let cut = 0;
  await page.route('**/api/visitors', async (route) => {
    if (route.request().method() !== 'POST' || cut >= 5) return route.continue();
    cut += 1;
    const done = await route.fetch();
    expect(done.status()).toBe(201);
    await route.abort('connectionreset');
  });
  await knockBy(page, 'Maria Bianchi', 'Carta d’identità');
  for (let time = 0; time < 5; time++) {
    await page.getByText(/La connessione non risponde/u).waitFor();
    if (time === 0) await picture(page, 'refused');
    // A reload in between changes nothing: what was written is still there.
    if (time === 2) await page.reload();
    else await page.getByRole('button', { name: 'Riprova' }).click();
    await page.getByLabel('Ho letto').check();
    await page.getByRole('button', { name: 'Bussa' }).click();
  }
  await page.getByText(/Il Suo numero è/u).waitFor();
  expect([cut, (await visitors()) - before]).toEqual([5, 1]);
  // The next knock is another one.
  expect(await page.evaluate(() => sessionStorage.getItem('portineria.knock'))).toBeNull();
  await page.getByRole('button', { name: 'Esci dalla coda' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Esci dalla coda' }).click();
  await page.getByRole('heading', { name: 'Ha lasciato la coda' }).waitFor();
  await picture(page, 'left-queue');
  await page.context().close();
});

test('too many requests from one address are told with the minutes to wait and the telephone', async () => {
  const address = '198.18.1.3';
  for (let time = 0; time < 6; time++) {
    const answer = await fetch(`${reception.url}/api/visitors`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-forwarded-for': address }, body: JSON.stringify({ office: 'anagrafe', name: 'Maria', topic: '', language: 'it', voice: false, consent: true }) });
    expect(answer.status).toBe(201);
  }
  const page = await atTheDoor(address);
  await knockBy(page, 'Maria Bianchi', '');
  await page.getByText(/Può riprovare tra un minuto/u).waitFor();
  await page.getByRole('link', { name: /\+39 099 000 0000/u }).first().waitFor();
  await picture(page, 'too-many');
  await page.context().close();
});

test('a file that a visitor uploaded is no script of ours, and no document of our origin', async () => {
  const guest = await arrive(reception, 'anagrafe');
  const upload = async (type: string, text: string): Promise<string> => {
    const answer = await fetch(`${reception.url}/_matrix/media/v3/upload?filename=x`, { method: 'POST', headers: { 'content-type': type, authorization: `Bearer ${guest.token}` }, body: text });
    const { content_uri } = (await answer.json()) as { content_uri: string };
    return `/_matrix/client/v1/media/download/${content_uri.replace('mxc://', '')}?access_token=${guest.token}`;
  };
  const script = await upload('text/javascript', 'window.wasRun = true; export {};');
  const plain = await upload('text/javascript', 'window.wasRun = true;');
  const { page } = await visitorWith(browser, reception.url);
  await page.goto(reception.url);
  const tried = await page.evaluate(async ({ paths, assets }) => {
    const forbidden: string[] = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => forbidden.push(effectiveDirective));
    const run = (src: string, type: string): Promise<string> => new Promise((done) => {
      const element = Object.assign(document.createElement('script'), { src, type });
      element.addEventListener('load', () => done('run'));
      element.addEventListener('error', () => done('refused'));
      document.head.append(element);
    });
    const how = [];
    for (const path of paths) how.push(await run(path, ''), await run(path, 'module'), await run(`${assets}/..%2f..${path}`, ''));
    const worker = await new Promise((done) => {
      try {
        const one = new Worker(paths[0] ?? '');
        one.addEventListener('error', () => done('refused'));
        setTimeout(() => done('run'), 2000);
      } catch {
        done('refused');
      }
    });
    return { how: [...new Set(how)], worker, forbidden: [...new Set(forbidden)], wasRun: 'wasRun' in window };
  }, { paths: [script, plain], assets: '/assets' });
  expect(tried).toEqual({ how: ['refused'], worker: 'refused', forbidden: expect.arrayContaining(['script-src-elem', 'worker-src']), wasRun: false });

  for (const [type, text] of [['text/html', '<script>document.title = "run"</script><p>here</p>'], ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "run"</script></svg>'], ['text/plain', 'here']] as const) {
    const path = await upload(type, text);
    const { headers } = await fetch(`${reception.url}${path}`);
    expect([type, headers.get('x-content-type-options'), headers.get('content-security-policy'), headers.get('content-disposition')]).toEqual([type, 'nosniff', expect.stringMatching(/^sandbox;.*default-src 'none'/u), expect.stringMatching(type === 'text/plain' ? /^inline|^attachment/u : /^attachment/u)]);
  }
  // What a browser does show has no origin, so that nothing of ours can be read from there.
  await page.goto(`${reception.url}${await upload('text/plain', 'here')}`);
  expect(await page.evaluate(() => ({ text: document.body.textContent.trim(), origin: self.origin }))).toEqual({ text: 'here', origin: 'null' });
  await page.context().close();
  await seeOff(reception, guest);
});

test('the pages work under each name that leads to them', async () => {
  await until('both names answer', async () => (await fetch(reception.url.replace('localhost', '127.0.0.1'))).ok);
  for (const url of [reception.url, reception.url.replace('localhost', '127.0.0.1')]) {
    const { page, complaints } = await visitorWith(browser, url);
    await page.goto(`${url}/o/anagrafe`);
    await page.getByRole('button', { name: 'Bussa', disabled: false }).waitFor();
    expect([url, complaints]).toEqual([url, []]);
    await page.context().close();
  }
});
