/** The public routes. Each takes what its schema lets through, asks the reception, and answers. */
import { createHash } from 'node:crypto';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { type ComuneBody, type DeskBody, FeedbackRequest, type GuestBody, GuestRequest, type InvitationBody, InvitationRequest, type NeighbourBody, TOPIC_LENGTH, type VisitorBody, VisitorRequest } from '@portineria/config/api';
import type { Arms } from '@portineria/config/arms';
import { OfficeId, UserId } from '@portineria/config/ids';
import { type KnockBody, KnockRequest, NudgeRequest, type SignBody, SignRequest } from '@portineria/config/knocks';
import { GATEWAY_PATH } from '@portineria/config/push';
import { wordsFault } from '@portineria/config/shown';
import { text as textIn } from '@portineria/config/text';
import type { Interval } from '@portineria/config/timetable';
import { serveArms } from './arms.ts';
import { CODE_PAGE } from './codes.ts';
import { openDiscovery } from './discovery.ts';
import { GUEST_PAGE } from '../ground/guestlink.ts';
import { etagOf, fresh } from './fresh.ts';
import { type Ailment, unreadiness } from './readiness.ts';
import { calendarSpan, officeCalendar } from './ics.ts';
import { serveCrawlers } from './crawlers.ts';
import { serveInstallable } from './installable.ts';
import { keyOf } from './knockkey.ts';
import { serveNeighbours, type Around, type Vicinity } from './neighbours.ts';
import { type AccountHolder, answered, serveOwnAccount } from './ownaccount.ts';
import { readerLanguage } from './languages.ts';
import { type Render, sendPage } from './pages.ts';
import { structuredComune, structuredOffice, type StructuredHours } from './structured.ts';
import { checked, problemHeaders, problemOf, HttpRefusal, sendProblem } from './problem.ts';
import type { Settings } from '../ground/settings.ts';
import { isSpoken } from '../words/texts.ts';
import type { Calls } from '../porter/calls/tokens.ts';
import type { WaitingKnock } from '../judgement/calling.ts';

/** What the HTTP side needs of the reception behind it. */
export interface Reception extends AccountHolder {
  /** The comune as its configuration stands now, with doors and queues at this moment. */
  comune(now: number): ComuneBody;
  /** The coat of arms; null where there is none. */
  arms(): Arms | null;
  /** Where to telephone; null for nowhere. */
  phone(): string | null;
  /**
   * Makes a temporary account. With a key, asking again gives the same one again.
   * @throws HttpRefusal `used` where the key stands for another knock, or for one that is over
   */
  receive(request: VisitorRequest, key: string | null): Promise<VisitorBody>;
  /** Whose visit a link leads to. @throws HttpRefusal where it leads whoever has this key to none */
  invitation(link: string, key: string | null): InvitationBody;
  /** Makes a temporary account for whoever comes into a visit by a link. With a key, asking again gives the same one again. @throws HttpRefusal */
  receiveGuest(request: GuestRequest, key: string | null): Promise<GuestBody>;
  /** Writes down who is about to knock with an account of another server, and what for. Safe to repeat. @throws HttpRefusal */
  tellKnock(request: KnockRequest): Promise<KnockBody>;
  /** Takes a sign of life of such a visitor, or a goodbye. Safe to repeat. @throws HttpRefusal */
  sign(request: SignRequest): Promise<SignBody>;
  /** There is something to ask about a visitor of ours at the neighbour's where they are. Of anybody else it means nothing. */
  nudge(user: UserId): void;
  /** Takes what somebody says of how easy it was. Safe to repeat. @throws HttpRefusal */
  takeFeedback(request: FeedbackRequest): Promise<void>;
  /** The names of the servers of all staff that the configuration names, our own left out. */
  servers(): ReadonlySet<string>;
  /** Opening intervals for the calendar feed. */
  intervals(office: OfficeId, from: number, to: number): Interval[];
  /** When an office is open in the coming time, as the pages say it to machines. */
  hours(office: OfficeId, now: number): StructuredHours;
  /** The knock that a message in an office calls staff to, while it waits; null for any other message, `no_office` where the room is none. */
  knockBehind(room: string, event: string): WaitingKnock | 'no_office' | null;
  /** The domain of the Jitsi that some office prefers; null where none does. */
  jitsi(): string | null;
  /** Where a neighbour's reception is; null where it is none of ours. */
  originOf(neighbour: string): string | null;
  /** The neighbours as visitors see them. */
  vicinity: Vicinity;
  /** What is amiss and yet keeps nobody from being received. Each with a sentence. */
  notes(): Ailment[];
  /** Parts that are not well: empty means ready. Each with a sentence. */
  ailing(now: number): Ailment[];
}

/** What the routes are made of. */
export interface RouteOptions {
  settings: Settings;
  reception: Reception;
  calls: Calls;
  /** Milliseconds since 1970. */
  now: () => number;
  /** The comune's languages, the fallback first. */
  languages: () => string[];
  log: FastifyBaseLogger;
}

/** What a page is told beside the comune. */
interface Shown {
  desk?: DeskBody;
  around?: Around;
  neighbour?: NeighbourBody;
  /** What it is about, in the words of schema.org, in a language. */
  about?: (language: string) => object;
}

/** A page's query: what others append to our addresses is ignored. The topic comes from a service's page, for the form. */
const PageQuery = z.object({ lang: z.string().max(35).optional().catch(undefined), topic: z.string().max(2 * TOPIC_LENGTH).optional().catch(undefined) });
/** The comune: without its neighbours, where whoever asks has no use for them. */
const ComuneQuery = z.object({ neighbours: z.enum(['true', 'false']).optional().catch(undefined) });
/** The staff's page: the name of another homeserver to log in at. */
const DeskQuery = z.object({ server: z.string().max(255).optional().catch(undefined) });
const OfficeParams = z.object({ id: OfficeId });

/** Other sites may read what the comune tells everybody: the offices on the comune's own page. */
const READ_BY_ALL = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'etag, retry-after' };

/** The comune's body, its text and its ETag, made anew at most once a second. */
interface Snapshot {
  at: number;
  body: ComuneBody;
  text: string;
  etag: string;
}

/** Puts the routes on the app. */
export function serveRoutes(app: FastifyInstance, { settings, reception, calls, now, languages, log }: RouteOptions, render: Render): void {
  const discovery = openDiscovery({
    servers: () => reception.servers(),
    near: settings.near_servers,
    now,
    failed: (server, error) => log.warn({ server, error: error instanceof Error ? error.message : String(error) }, 'the homeserver of some staff is not found'),
  });
  let kept: Snapshot | undefined;
  const snapshot = (): Snapshot => {
    const at = now();
    if (kept !== undefined && at >= kept.at && at - kept.at < 1000) return kept;
    const body = reception.comune(at);
    kept = { at, body, text: JSON.stringify(body), etag: etagOf(body) };
    return kept;
  };
  const officeOf = (request: FastifyRequest) => {
    const params = OfficeParams.safeParse(request.params);
    const office = params.success ? snapshot().body.offices.find(({ id }) => id === params.data.id) : undefined;
    if (office === undefined) throw new HttpRefusal('not_found');
    return office;
  };
  /** The language in the address where the comune has it, and the one to answer in. */
  const languageOf = (request: FastifyRequest, { languages: available }: ComuneBody) => {
    const asked = checked(PageQuery, request.query).lang?.toLowerCase();
    const chosen = available.find((tag) => tag.toLowerCase() === asked) ?? null;
    return { chosen, language: chosen ?? readerLanguage(request.headers['accept-language'], available) };
  };
  /** Queues are of this moment: nobody stores them, and who asks again names the ETag. */
  const sendFresh = (request: FastifyRequest, reply: FastifyReply, etag: string, text: string) => {
    reply.headers({ ...READ_BY_ALL, 'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'no-store', etag });
    return fresh(request, etag) ? reply.code(304).send() : reply.type('application/json; charset=utf-8').send(text);
  };

  app.get('/api/comune', (request, reply) => {
    const own = snapshot();
    const { etag, text } = checked(ComuneQuery, request.query).neighbours === 'false' ? own : reception.vicinity.beside(own);
    return sendFresh(request, reply, etag, text);
  });

  app.get('/api/offices/:id', (request, reply) => {
    const office = officeOf(request);
    return sendFresh(request, reply, etagOf(office), JSON.stringify(office));
  });

  app.post('/api/visitors', async (request, reply) => {
    const wish = checked(VisitorRequest, request.body);
    const visitor = await reception.receive(wish, keyOf(request.headers));
    return reply.code(201).header('cache-control', 'no-store').send(visitor);
  });

  app.post('/api/knocks', async (request, reply) => {
    const told = await answered(reception.tellKnock(checked(KnockRequest, request.body)));
    return reply.code(201).header('cache-control', 'no-store').send(told);
  });

  app.post('/api/knocks/signs', async (request, reply) => {
    const sign = await answered(reception.sign(checked(SignRequest, request.body)));
    return reply.header('cache-control', 'no-store').send(sign);
  });

  app.post('/api/visitors/nudges', (request, reply) => {
    reception.nudge(checked(NudgeRequest, request.body).user_id);
    return reply.code(204).header('cache-control', 'no-store').send();
  });

  // Asked by POST: an address would stand in logs.
  app.post('/api/invitations', (request, reply) => {
    const { link } = checked(InvitationRequest, request.body);
    return reply.header('cache-control', 'no-store').send(reception.invitation(link, keyOf(request.headers)));
  });

  app.post('/api/guests', async (request, reply) => {
    const guest = await reception.receiveGuest(checked(GuestRequest, request.body), keyOf(request.headers));
    return reply.code(201).header('cache-control', 'no-store').send(guest);
  });

  serveOwnAccount(app, reception, settings);

  app.post('/api/feedback', async (request, reply) => {
    await answered(reception.takeFeedback(checked(FeedbackRequest, request.body)));
    return reply.code(204).header('cache-control', 'no-store').send();
  });

  const page = async (request: FastifyRequest, reply: FastifyReply, path: string, { desk, about, ...shown }: Shown = {}) => {
    const { body } = snapshot();
    const { language, chosen } = languageOf(request, body);
    const { topic = '' } = checked(PageQuery, request.query);
    const told = { ...shown, about: about?.(language), topic: topic === '' || wordsFault(topic, TOPIC_LENGTH) !== null ? undefined : topic, publicUrl: settings.public_url };
    const other = desk?.other;
    const server = other != null && 'base_url' in other ? new URL(other.base_url).origin : null;
    return sendPage(reply, await render({ path, language, chosen, comune: body, ...told, ...(desk === undefined ? {} : { desk }) }), language, settings.public_url, reception.jitsi(), desk === undefined ? null : { server }, shown.neighbour?.url ?? null);
  };
  app.get('/', (request, reply) => page(request, reply, '/', { around: reception.vicinity.around(false), about: (language) => structuredComune(snapshot().body, language, settings.public_url) }));
  const push = settings.push === null ? null : { key: settings.push.public_key, gateway: new URL(GATEWAY_PATH, settings.public_url).href };
  app.get('/desk', async (request, reply) => {
    const own = settings.homeserver.name;
    const asked = checked(DeskQuery, request.query).server?.toLowerCase();
    return page(request, reply, '/desk', { desk: { porter: UserId.parse(`@${settings.porter.localpart}:${own}`), server: own, other: asked === undefined || asked === own ? null : await discovery.find(asked), push } });
  });
  app.get(GUEST_PAGE, (request, reply) => page(request, reply, GUEST_PAGE));
  app.get(CODE_PAGE, (request, reply) => page(request, reply, CODE_PAGE));
  serveNeighbours(app, { settings, vicinity: reception.vicinity, comune: () => snapshot().body, page, sendFresh });
  app.get('/o/:id', async (request, reply) => {
    const office = officeOf(request);
    const hours = reception.hours(office.id, now());
    return page(request, reply, `/o/${office.id}`, { about: (language) => structuredOffice(office, snapshot().body, hours, language, settings.public_url) });
  });
  serveInstallable(app, { comune: () => snapshot().body, languageOf, publicUrl: settings.public_url });
  serveArms(app, () => reception.arms());
  serveCrawlers(app, () => snapshot().body, settings.public_url);

  app.get('/o/:id.ics', (request, reply) => {
    const office = officeOf(request);
    const comune = snapshot().body;
    const { language } = languageOf(request, comune);
    const at = now();
    const { from, to } = calendarSpan(at);
    const text = officeCalendar(office, comune, reception.intervals(office.id, from, to), language, settings.public_url, at);
    const etag = `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
    reply.headers({ 'cache-control': 'public, max-age=3600', vary: 'accept-language', 'content-language': language, etag });
    if (fresh(request, etag)) return reply.code(304).send();
    const name = textIn(office.name, [language, ...comune.languages]).replace(/[^\p{L}\p{N} -]/gu, '');
    return reply
      .header('content-disposition', `inline; filename="${office.id}.ics"; filename*=UTF-8''${encodeURIComponent(name)}.ics`)
      .type('text/calendar; charset=utf-8')
      .send(text);
  });

  app.get('/health/live', (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'live' }));

  app.get('/health/ready', (request, reply) => {
    const ailing = reception.ailing(now());
    const notes = reception.notes();
    if (ailing.length === 0) return reply.header('cache-control', 'no-store').send({ status: 'ready', ...(notes.length === 0 ? {} : { notes }) });
    const refusal = new HttpRefusal('unavailable', { retryAfter: 5 });
    const language = readerLanguage(request.headers['accept-language'], languages().filter(isSpoken));
    return sendProblem(reply.code(503).headers(problemHeaders(refusal)), unreadiness(ailing, problemOf(refusal, language)));
  });

  // Client-server specification, "Well-known URI". Clients of any origin read it.
  app.get('/.well-known/matrix/client', (_request, reply) =>
    reply.headers({ ...READ_BY_ALL, 'cache-control': 'public, max-age=3600' })
      .send({
        'm.homeserver': { base_url: new URL(settings.public_url).origin },
        // Where calls run, for clients that look here (MSC4143).
        ...(calls.sfu === null ? {} : { 'org.matrix.msc4143.rtc_foci': [{ type: 'livekit', livekit_service_url: calls.sfu.serviceUrl }] }),
      }));
}
