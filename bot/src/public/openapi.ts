/** The public interface's description, OpenAPI 3.1, from the schemas that check it. */
import * as z from 'zod';
import { CodeBody, CodeRequest, ComuneBody, DeviceBody, FeedbackRequest, GuestBody, GuestRequest, InvitationBody, InvitationRequest, MovedBody, NeighbourBody, OfficeBody, Problem, ResumedBody, ResumeRequest, SigningRequest, VisitorBody, VisitorRequest } from '@portineria/config/api';
import { KnockBody, KnockRequest, NudgeRequest, SignBody, SignRequest } from '@portineria/config/knocks';
import { OfficeId } from '@portineria/config/ids';
import { ICON_SIZES, iconPath } from './icons.ts';

const components = { ComuneBody, OfficeBody, NeighbourBody, VisitorRequest, VisitorBody, DeviceBody, MovedBody, CodeRequest, CodeBody, ResumeRequest, ResumedBody, SigningRequest, InvitationRequest, InvitationBody, GuestRequest, GuestBody, KnockRequest, KnockBody, NudgeRequest, SignRequest, SignBody, FeedbackRequest, Problem } as const;
type Component = keyof typeof components;

interface Operation {
  summary: string;
  /** What comes back when all is well: status, media type, and the schema where it is JSON of ours. */
  answer: { status: number; type?: string; schema?: Component };
  /** The body asked for. */
  body?: Component;
  /** The problems that it may answer with, besides 429. */
  problems?: number[];
  query?: Record<string, string>;
  /** Headers that it reads, where there are any. */
  headers?: Record<string, { description: string; pattern: string }>;
  bearer?: true;
}

const json = 'application/json';
const LANG = { lang: 'BCP 47 tag of one of the comune\'s languages; without it Accept-Language decides' };

const GUEST_KEY = {
  'Idempotency-Key': { description: 'At least 128 random bits, new for each link, the same for each try: a repetition gives the same account. Without one, nobody can ask again.', pattern: '^"[A-Za-z0-9_-]{22,64}"$' },
};

/** Every route of ours, as `METHOD pattern`. */
const OPERATIONS: Record<string, Operation> = {
  'GET /api/comune': { summary: 'The comune and its offices, with their doors and queues at this moment, and what its neighbours said last of theirs', query: { neighbours: '`false` leaves the neighbours out' }, answer: { status: 200, type: json, schema: 'ComuneBody' } },
  'GET /api/offices/:id': { summary: 'One office', answer: { status: 200, type: json, schema: 'OfficeBody' }, problems: [404] },
  'GET /api/neighbours/:id': { summary: 'One neighbour, asked as it is at this moment; where it does not answer, as it was known last', answer: { status: 200, type: json, schema: 'NeighbourBody' }, problems: [404] },
  'POST /api/visitors': {
    summary: 'Makes an account for one visit, and says what to knock with',
    body: 'VisitorRequest',
    headers: {
      'Idempotency-Key': {
        description: 'At least 128 random bits, new for each knock, the same for each try of it: a repetition counts once and gives the same account. With other words, or once the account is gone, it is refused (422, code `used`). Whoever has the key is given the account. Without one, each request makes another account.',
        pattern: '^"[A-Za-z0-9_-]{22,64}"$',
      },
    },
    answer: { status: 201, type: json, schema: 'VisitorBody' },
    problems: [400, 404, 408, 409, 413, 415, 422, 503],
  },
  'POST /api/invitations': {
    summary: 'Whose visit a link leads to by which a third person comes in; 404 where it is good no more, 422 where somebody else has used it',
    body: 'InvitationRequest',
    headers: GUEST_KEY,
    answer: { status: 200, type: json, schema: 'InvitationBody' },
    problems: [400, 404, 408, 413, 415, 422],
  },
  'POST /api/guests': {
    summary: 'Makes an account for whoever comes into a running visit by a link, and has it invited there. Each link brings one person in, once.',
    body: 'GuestRequest',
    headers: GUEST_KEY,
    answer: { status: 201, type: json, schema: 'GuestBody' },
    problems: [400, 404, 408, 413, 415, 422, 503],
  },
  'DELETE /api/visitors/me': { summary: 'Says goodbye, also for who came by a link: the knock is taken back, the visit left, and the account erased. The only way to take a knock back. Safe to repeat.', bearer: true, answer: { status: 204 }, problems: [401, 403, 503] },
  'POST /api/visitors/me/device': {
    summary: 'Gives the account of the token another device, where the browser has lost the keys of the one that it had: nobody could write to that one again. The knock stands, and the visit goes on. The device that is left is to be logged out.',
    bearer: true,
    answer: { status: 201, type: json, schema: 'DeviceBody' },
    problems: [401, 403, 503],
  },
  'GET /api/visitors/me/device': {
    summary: 'Whether another device goes on in place of this one: for a page whose token is good no more',
    bearer: true,
    answer: { status: 200, type: json, schema: 'MovedBody' },
    problems: [401, 403, 503],
  },
  'POST /api/visitors/me/signing': {
    summary: 'Has another device of the account signed with new keys, in place of those that the first one took along. The homeserver would ask the account itself for a password, which it does not have.',
    bearer: true,
    body: 'SigningRequest',
    answer: { status: 204 },
    problems: [400, 401, 403, 408, 413, 415, 503],
  },
  'POST /api/visitors/me/code': {
    summary: 'Gives a code by which the knock or the visit goes on at another device: good once, for five minutes, and until the next one is asked for. It is kept in memory alone: a restart of the reception ends it.',
    bearer: true,
    body: 'CodeRequest',
    answer: { status: 201, type: json, schema: 'CodeBody' },
    problems: [400, 401, 403, 408, 413, 415, 503],
  },
  'POST /api/visitors/resume': {
    summary: 'Gives the account behind a code another device, and all that its page has to know to go on. The device that had it is logged out. 404 where the code is not known or no longer valid, 422 where it was used.',
    body: 'ResumeRequest',
    headers: { 'Idempotency-Key': { description: 'At least 128 random bits, the same for each try with a code: a repetition gives the same device. Without one, nobody can ask again.', pattern: '^"[A-Za-z0-9_-]{22,64}"$' } },
    answer: { status: 201, type: json, schema: 'ResumedBody' },
    problems: [400, 404, 408, 413, 415, 422, 503],
  },
  'POST /api/feedback': {
    summary: 'How easy it was, once for each visit: stars and choice are counted in the metrics, words are told the office\'s staff without a name, and nothing else is kept. Safe to repeat.',
    body: 'FeedbackRequest',
    answer: { status: 204 },
    problems: [400, 403, 404, 408, 413, 415, 503],
  },
  'POST /api/knocks': {
    summary: 'For other receptions: tells who is about to knock here with an account of theirs, and what for. Whose words they are is asked at the server of the OpenID token. Safe to repeat.',
    body: 'KnockRequest',
    answer: { status: 201, type: json, schema: 'KnockBody' },
    problems: [400, 403, 404, 408, 409, 413, 415, 422, 503],
  },
  'POST /api/knocks/signs': {
    summary: 'For other receptions: that a visitor of theirs is still there, or takes the knock back, or leaves the visit. Without a sign for some minutes the knock ends. Safe to repeat.',
    body: 'SignRequest',
    answer: { status: 200, type: json, schema: 'SignBody' },
    problems: [400, 403, 408, 413, 415, 503],
  },
  'POST /api/visitors/nudges': {
    summary: 'For other receptions: there is something to ask about a visitor of ours who is with them, as where to knock once they are passed on. It is asked there. Answered the same whoever it is.',
    body: 'NudgeRequest',
    answer: { status: 204 },
    problems: [400, 408, 413, 415],
  },
  'GET /api/openapi.json': { summary: 'This description', answer: { status: 200, type: json } },
  'GET /': { summary: 'The page with the offices', query: LANG, answer: { status: 200, type: 'text/html' } },
  'GET /desk': { summary: 'The staff\'s page: who waits at their offices, and their visits with call and chat', query: { ...LANG, server: 'Name of another homeserver that staff of an office log in at; the page may then speak to it' }, answer: { status: 200, type: 'text/html' } },
  'GET /ospite': { summary: 'The page for whoever comes into a visit by a link, which stands behind its `#`', query: LANG, answer: { status: 200, type: 'text/html' } },
  'GET /continua': { summary: 'The page where one types a code, to go on there with a knock or a visit', query: LANG, answer: { status: 200, type: 'text/html' } },
  'GET /n': { summary: 'The page with the neighbours\' names', query: { ...LANG, q: 'Part of a name: only those that have it' }, answer: { status: 200, type: 'text/html' } },
  'GET /n/:id': { summary: 'The page with a neighbour\'s offices', query: LANG, answer: { status: 200, type: 'text/html' }, problems: [404] },
  'GET /n/:id/o/:office': { summary: 'The page of a neighbour\'s office', query: LANG, answer: { status: 200, type: 'text/html' }, problems: [404] },
  'GET /o/:id': { summary: 'An office\'s page', query: { ...LANG, topic: 'What somebody wants to speak about: it stands in the form then' }, answer: { status: 200, type: 'text/html' }, problems: [404] },
  'GET /o/:id.ics': { summary: 'An office\'s hours of the next 60 days, as a calendar to subscribe to', query: LANG, answer: { status: 200, type: 'text/calendar' }, problems: [404] },
  'GET /manifest.webmanifest': { summary: 'What the reception is called, and looks like, as an app on somebody\'s device', query: LANG, answer: { status: 200, type: 'application/manifest+json' } },
  'GET /icon.svg': { summary: 'The app\'s icon, in the comune\'s colour', answer: { status: 200, type: 'image/svg+xml' } },
  ...Object.fromEntries(ICON_SIZES.map((size): [string, Operation] => [`GET ${iconPath(size)}`, { summary: `The same of ${size} pixels a side, for systems that take no SVG`, answer: { status: 200, type: 'image/png' } }])),
  'GET /arms': { summary: 'The comune\'s coat of arms, where the configuration names one', query: { v: 'Which one, as `arms` of the comune has it: then it is the same for ever' }, answer: { status: 200, type: 'image/*' }, problems: [404] },
  'GET /offline': { summary: 'What the app shows while there is no network', query: LANG, answer: { status: 200, type: 'text/html' } },
  'GET /robots.txt': { summary: 'What search engines may look at', answer: { status: 200, type: 'text/plain' } },
  'GET /sitemap.xml': { summary: 'The addresses of the list and of each office', answer: { status: 200, type: 'application/xml' } },
  'GET /health/live': { summary: 'The process answers', answer: { status: 200, type: json } },
  'GET /health/ready': { summary: 'All parts are well; else a problem whose `parts` name those that are not', answer: { status: 200, type: json }, problems: [503] },
  'GET /.well-known/portineria': { summary: 'What this reception is: the version of what receptions ask of each other, where it and its interface are, its homeserver and its porter', answer: { status: 200, type: json } },
  'GET /.well-known/matrix/client': { summary: 'Where the homeserver is, for Matrix clients', answer: { status: 200, type: json } },
};

/** Not ours to describe: built files, and the homeserver's own interface. */
const UNDESCRIBED = ['/*', '/widget/*', '/_matrix/', '/_matrix/*'];

/** The JSON Schemas of the bodies, by name, referring to each other. */
function schemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(components)) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { io: 'input', uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(made.schemas).map(([id, schema]) => {
    const { $schema: _dialect, $id: _id, ...rest } = schema;
    return [id, rest];
  }));
}

const ref = (name: Component) => ({ $ref: `#/components/schemas/${name}` });
const problem = (description: string) => ({ description, content: { 'application/problem+json': { schema: ref('Problem') } } });
const RETRY = { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } };

function describe(operation: Operation, path: string): object {
  const parameters = [
    ...[...path.matchAll(/:([a-z]+)/gu)].map(([, name]) => ({ name, in: 'path', required: true, schema: officeId() })),
    ...Object.entries(operation.query ?? {}).map(([name, description]) => ({ name, in: 'query', required: false, description, schema: { type: 'string' } })),
    ...Object.entries(operation.headers ?? {}).map(([name, { description, pattern }]) => ({ name, in: 'header', required: false, description, schema: { type: 'string', pattern } })),
  ];
  const { status, type, schema } = operation.answer;
  const content = type === undefined ? {} : { content: { [type]: schema === undefined ? {} : { schema: ref(schema) } } };
  return {
    summary: operation.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(operation.bearer ? { security: [{ visitor: [] }] } : {}),
    ...(operation.body === undefined ? {} : { requestBody: { required: true, content: { [json]: { schema: ref(operation.body) } } } }),
    responses: {
      [status]: { description: 'Done', ...content },
      ...Object.fromEntries((operation.problems ?? []).map((code) => [code, problem('Refused')])),
      429: { ...problem('Too many requests from this address'), headers: RETRY },
    },
  };
}

function officeId(): object {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(OfficeId);
  return schema;
}

/**
 * The document.
 * @param routes what is served: `METHOD pattern`
 * @throws Error when a route is not described here, or something described is not served
 */
export function openapi(routes: Iterable<string>, publicUrl: string): object {
  const served = new Set([...routes].filter((route) => !UNDESCRIBED.includes(route.slice(route.indexOf(' ') + 1))));
  const described = new Set(Object.keys(OPERATIONS));
  const faults = [
    ...[...served].filter((route) => !described.has(route)).map((route) => `${route} is served and not described`),
    ...[...described].filter((route) => !served.has(route)).map((route) => `${route} is described and not served`),
  ];
  if (faults.length > 0) throw new Error(`The interface and its description differ: ${faults.join('; ')}.`);

  const paths: Record<string, Record<string, object>> = {};
  for (const [route, operation] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = route.split(' ');
    const name = path.replace(/:([a-z]+)/gu, '{$1}');
    paths[name] = { ...paths[name], [method.toLowerCase()]: describe(operation, path) };
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Portineria', version: '1', license: { name: 'AGPL-3.0-or-later', identifier: 'AGPL-3.0-or-later' } },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      schemas: schemas(),
      securitySchemes: { visitor: { type: 'http', scheme: 'bearer', description: 'The access token of the visitor\'s own account' } },
    },
  };
}
