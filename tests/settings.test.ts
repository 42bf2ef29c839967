import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@portineria/bot/settings';
import { expect, test } from 'vitest';
import { demoStaff } from '@portineria/synapse/demo';
import { writeJson } from '@portineria/synapse/files';
import { porterJson } from '@portineria/synapse/porter';
import { makeSecrets } from '@portineria/synapse/secrets';

test('the bot accepts the settings that it is given', () => {
  const staff = demoStaff('localhost', [{ id: 'anagrafe', staff: [] }, { id: 'sindaco', staff: ['@s:localhost'] }]);
  const file = join(mkdtempSync(join(tmpdir(), 'portineria-test-')), 'bot.json');
  const secrets = { ...makeSecrets(), admin: { user_id: '@admin:localhost', token: 'token' } };
  writeJson(file, porterJson({
    config: '/c.yaml', server: 'localhost', homeserverUrl: 'http://127.0.0.1:4001', publicUrl: 'http://localhost:8080', port: 8080, eventsPort: 4002, staff, secrets, livekitUrl: 'http://127.0.0.1:4003',
  }));
  const settings = readSettings(file);
  expect(settings.admin_token).toBe('token');
  expect(settings.livekit).toEqual({ url: 'http://127.0.0.1:4003', key: 'portineria', secret: secrets.livekit });
  expect(settings.demo_staff).toEqual({ anagrafe: staff.map(({ user_id }) => user_id) });
});
