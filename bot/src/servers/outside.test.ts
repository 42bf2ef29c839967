import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { listening } from '../ground/listening.fixture.ts';
import { Outside } from './outside.ts';

const MAIL = { id: 'abc', to: ['urp@comune.example'], subject: 'N. 7', text: 'Aspetta' };
const server = (port: number, more: object = {}) => ({ host: '127.0.0.1', port, secure: false, user: null, passwordFile: null, from: 'portineria@comune.example', ...more });
/** A mail server in small. */
async function plainly(speak: (socket: Socket) => void): Promise<{ readonly port: number; readonly server: Server }> {
  const there = createServer((socket) => {
    socket.on('error', () => undefined);
    speak(socket);
  }).listen(0, '127.0.0.1');
  await once(there, 'listening');
  return { port: (there.address() as AddressInfo).port, server: there };
}
const closed = (there: Server): Promise<unknown> => new Promise((resolve) => there.close(resolve));
const words = (sending: Promise<void>): Promise<string> => sending.then(() => 'sent', (error: unknown) => String(error));

test('a webhook is told once more with the same key, and what it answers decides', async () => {
  const asked: unknown[] = [];
  const statuses = [204, 302, 500];
  await using program = await listening((question, answer) => {
    asked.push([question.method, question.headers['idempotency-key']]);
    answer.writeHead(statuses.shift() ?? 200, { location: '/elsewhere' }).end();
  });
  const outside = new Outside('comune.yaml');
  const post = () => words(outside.post(`${program.url}/avvisi`, 'abc', { number: 7 }));
  expect([await post(), outside.failing]).toEqual(['sent', []]);
  expect([await post(), outside.failing]).toEqual(['OutsideError: The webhook answered with 302', ['webhook']]);
  expect(await post()).toBe('OutsideError: The webhook answered with 500');
  expect([await post(), outside.failing]).toEqual(['sent', []]);
  expect(asked).toEqual(Array(4).fill(['POST', '"abc"']));
});

test('what fails is said without an address: of nobody there, of a password that cannot be read, of a refusal', async () => {
  const outside = new Outside('/nowhere/comune.yaml');
  const { port, server: refusing } = await plainly((socket) => socket.end('554 urp@comune.example is not known here\r\n'));
  expect(await words(outside.mail(server(port), MAIL))).toMatch(/^OutsideError: The mail server could not be reached, or refused \([A-Z]+, 554\)$/u);
  await closed(refusing);
  expect(await words(outside.mail(server(port), MAIL))).toMatch(/^OutsideError: The mail server could not be reached, or refused \((ECONNREFUSED|ESOCKET).*\)$/u);
  expect(await words(outside.mail(server(port, { user: 'p', passwordFile: 'mail.secret' }), MAIL))).toBe('OutsideError: The mail server could not be reached, or refused (ENOENT)');
  expect(await words(outside.mail(null, MAIL))).toBe('OutsideError: The configuration names no mail server');
  expect(outside.failing).toEqual(['mail']);
  outside.forgetFailures();
  expect(outside.failing).toEqual([]);
});

test('a password is never sent over a connection that is not secure', async () => {
  const said: string[] = [];
  const { port, server: plain } = await plainly((socket) => {
    socket.write('220 here\r\n');
    socket.on('data', (data: Buffer) => {
      said.push(data.toString());
      socket.write(data.toString().startsWith('EHLO') ? '250-here\r\n250 AUTH PLAIN\r\n' : '502 no\r\n');
    });
  });
  const self = import.meta.filename;
  expect(await words(new Outside(self).mail(server(port, { user: 'portineria', passwordFile: self }), MAIL))).toContain('OutsideError');
  await closed(plain);
  expect(said.some((line) => line.startsWith('EHLO'))).toBe(true);
  expect(said.filter((line) => line.startsWith('AUTH'))).toEqual([]);
});
