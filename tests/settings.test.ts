import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guestName } from '@portineria/bot/words/guests';
import { readSettings } from '@portineria/bot/ground/settings';
import { UserId } from '@portineria/config/ids';
import { expect, test } from 'vitest';
import { demoStaff } from '@portineria/synapse/demo';
import { writeJson } from '@portineria/synapse/files';
import { porterJson } from '@portineria/synapse/porter';
import { makeSecrets } from '@portineria/synapse/secrets';
import { TEXTS, visitorsModule } from '@portineria/synapse/visitors';

test('the bot accepts the settings that it is given', () => {
  const staff = demoStaff('localhost', [{ id: 'anagrafe', staff: [] }, { id: 'sindaco', staff: ['@s:localhost'] }]);
  const file = join(mkdtempSync(join(tmpdir(), 'portineria-test-')), 'bot.json');
  const secrets = { ...makeSecrets(), admin: { user_id: '@admin:localhost', token: 'token' } };
  writeJson(file, porterJson({
    config: '/c.yaml', server: 'localhost', homeserverUrl: 'http://127.0.0.1:4001', publicUrl: 'http://localhost:8080', port: 8080, eventsPort: 4002, metricsPort: 4004, staff, secrets, livekitUrl: 'http://127.0.0.1:4003',
  }));
  const settings = readSettings(file);
  expect(settings.admin_token).toBe('token');
  expect(settings.metrics).toEqual({ host: '127.0.0.1', port: 4004 });
  expect(settings.livekit).toEqual({ url: 'http://127.0.0.1:4003', key: 'portineria', secret: secrets.livekit });
  expect(settings.demo_staff).toEqual({ anagrafe: staff.map(({ user_id }) => user_id) });
});

test('the bot names temporary accounts as the homeserver’s module lets stand, in every language', () => {
  const user = UserId.parse('@ospite-0123456789abcdef:localhost');
  const templates = visitorsModule('localhost', 1).config['names'] as string[];
  for (const [language, texts] of TEXTS) {
    const name = guestName(user, language);
    expect(name).toMatch(/ [1-9]\d\d$/u);
    expect(name.replace(/\d+$/u, '{number}')).toBe(texts['visitor.name']);
  }
  const spoken = readdirSync(new URL('../bot/texts', import.meta.url)).map((file) => file.replace(/\.json$/u, ''));
  expect([...TEXTS.keys()].sort()).toEqual(spoken.sort());
  expect(templates).toHaveLength(spoken.length);
});
