import { expect, test } from 'vitest';
import { appAround, intentOf } from './within.ts';

test.each([
  ['Mozilla/5.0 (Linux; Android 13; SM-A137F; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/443.0.0.23.229;]', 'Facebook', true],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21B91 [FBAN/FBIOS;FBAV/442.0.0.37.113;FBDV/iPhone14,5]', 'Facebook', false],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 309.1.1.28.109 (iPhone14,5; iOS 17_1)', 'Instagram', false],
  ['Mozilla/5.0 (Linux; Android 12; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/119.0.0.0 Mobile Safari/537.36 WhatsApp/2.23.24.76 A', 'WhatsApp', true],
])('%s is a page inside an app', (userAgent, app, leads) => {
  expect(appAround(userAgent)).toEqual({ app, leads });
});

test.each([
  'Mozilla/5.0 (Linux; Android 13; SM-A137F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
])('%s is a browser', (userAgent) => {
  expect(appAround(userAgent)).toBeNull();
});

test('the way out of an app leads to the same page', () => {
  expect(intentOf('https://sportello.example/o/anagrafe?lang=it#x')).toBe('intent://sportello.example/o/anagrafe?lang=it#Intent;scheme=https;action=android.intent.action.VIEW;end');
});
