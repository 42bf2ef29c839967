import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { comune, guest, running, visitor } from './http.fixture.ts';
import { openapi } from './openapi.ts';

const Document = z.object({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ responses: z.record(z.string(), z.unknown()) }))),
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});
async function document() {
  await using server = await running();
  const answer = await server.ask('/api/openapi.json');
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  return { text: answer.text, ...Document.parse(JSON.parse(answer.text)) };
}

describe('the description of the interface', () => {
  test('has every route that is served, and serves every route that it has', async () => {
    const { paths } = await document();
    const described = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    expect(described.sort()).toEqual([
      'DELETE /api/visitors/me', 'GET /', 'GET /.well-known/matrix/client', 'GET /.well-known/portineria', 'GET /api/comune', 'GET /api/neighbours/{id}', 'GET /api/offices/{id}', 'GET /api/openapi.json', 'GET /api/visitors/me/device', 'GET /arms', 'GET /continua',
      'GET /desk', 'GET /health/live', 'GET /health/ready', 'GET /icon-180.png', 'GET /icon-192.png', 'GET /icon-512.png', 'GET /icon.svg', 'GET /manifest.webmanifest', 'GET /n', 'GET /n/{id}', 'GET /n/{id}/o/{office}', 'GET /o/{id}', 'GET /o/{id}.ics', 'GET /offline', 'GET /ospite', 'GET /robots.txt', 'GET /sitemap.xml', 'POST /api/feedback', 'POST /api/guests', 'POST /api/invitations', 'POST /api/knocks', 'POST /api/knocks/signs', 'POST /api/visitors', 'POST /api/visitors/me/code', 'POST /api/visitors/me/device', 'POST /api/visitors/me/signing', 'POST /api/visitors/nudges', 'POST /api/visitors/resume',
    ]);
    await using server = await running();
    for (const route of described) {
      const [method = '', path = ''] = route.split(' ');
      const answer = await server.ask(path.replace(/\{\w+\}/gu, 'anagrafe'), { method });
      expect([route, answer.status]).toEqual([route, expect.toSatisfy((status: number) => status !== 404 && status !== 405)]);
    }
  });

  test('stops the start when a route is forgotten on either side', async () => {
    const { paths } = await document();
    const routes = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/gu, ':$1')}`));
    expect(() => openapi(routes, 'http://h')).not.toThrow();
    expect(() => openapi([...routes, 'GET /new'], 'http://h')).toThrow('GET /new is served and not described');
    expect(() => openapi(routes.slice(1), 'http://h')).toThrow('is described and not served');
  });

  test('has schemas that say what the bodies are: those of the fixtures fit', async () => {
    const { components: { schemas } } = await document();
    expect(Object.keys(schemas).sort()).toEqual(['CodeBody', 'CodeRequest', 'ComuneBody', 'DeviceBody', 'FeedbackRequest', 'GuestBody', 'GuestRequest', 'InvitationBody', 'InvitationRequest', 'KnockBody', 'KnockRequest', 'MovedBody', 'NeighbourBody', 'NudgeRequest', 'OfficeBody', 'Problem', 'ResumeRequest', 'ResumedBody', 'SignBody', 'SignRequest', 'SigningRequest', 'VisitorBody', 'VisitorRequest']);
    expect(Object.keys(z.object({ properties: z.record(z.string(), z.unknown()) }).parse(schemas['ComuneBody']).properties).sort()).toEqual([...Object.keys(comune()), 'neighbours'].sort());
    expect(Object.keys(z.object({ properties: z.record(z.string(), z.unknown()) }).parse(schemas['VisitorBody']).properties).sort()).toEqual(Object.keys(visitor).sort());
    expect(Object.keys(z.object({ properties: z.record(z.string(), z.unknown()) }).parse(schemas['GuestBody']).properties).sort()).toEqual(Object.keys(guest).sort());
    expect(schemas['VisitorRequest']).toMatchObject({ additionalProperties: false, required: expect.arrayContaining(['office', 'consent']) });
  });

  test('says with which header asking again is the same knock, and how long a name may be', async () => {
    const { paths, components } = await document();
    expect(paths['/api/visitors']?.['post']?.['parameters']).toEqual([expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: false })]);
    expect(Object.keys(paths['/api/visitors']?.['post']?.responses ?? {})).toEqual(expect.arrayContaining(['201', '400', '422', '429']));
    expect(components.schemas['VisitorRequest']).toMatchObject({ properties: { name: { minLength: 1, maxLength: 80 }, topic: { maxLength: 500 } } });
  });

  test('refers only to what is in it', async () => {
    const { text, components } = await document();
    for (const [, name] of text.matchAll(/"\$ref":"([^"]*)"/gu)) expect([name, components.schemas[name?.replace('#/components/schemas/', '') ?? '']]).toEqual([name, expect.anything()]);
    expect(text).not.toContain('$schema');
  });
});
