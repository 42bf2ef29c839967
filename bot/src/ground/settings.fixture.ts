/** Settings for tests: of a bot that listens nowhere, at a homeserver that is not there. */
import { Settings } from './settings.ts';

/** Settings of which those given are others. */
export function settingsOf(others: object = {}): Settings {
  return Settings.parse({
    config: '',
    pages: '',
    public_url: 'http://localhost',
    listen: { host: 'localhost', port: 0 },
    homeserver: { url: 'http://127.0.0.1:9', name: 'comune.example' },
    porter: { id: 'porter', host: 'localhost', port: 0, as_token: 'p'.repeat(32), hs_token: 'x'.repeat(32), localpart: 'portiere' },
    visitors: { as_token: 'v'.repeat(32), prefix: 'ospite-' },
    ...others,
  });
}
