/**
 * Another Matrix server, found and asked (server-server API, "Resolving server names"). Its name came from a stranger, so it is asked
 * briefly, over TLS, without following redirects, and only at public addresses, whatever its name resolves to. Servers that the
 * administrator knows to be near may be inside the network.
 */
import { isLoopback } from '@portineria/config/fields';
import ipaddr from 'ipaddr.js';
import { lookup as resolve } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import * as z from 'zod';

export interface Question {
  /** Milliseconds for everything together. */
  readonly patience: number;
  /** Bytes of an answer. */
  readonly longest: number;
  /** It may be at an address inside a network; by default it may not. */
  readonly near?: boolean;
}

/** Why another's answer tells nothing: it could not be asked now, or what it says is not right. Holds none of its words. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly isAway: boolean;
  constructor(said: string, isAway: boolean, cause?: unknown) {
    super(said, { cause });
    this.isAway = isAway;
  }
}

/** What is told with a question, as JSON, and the language in which its answer is read. */
export interface Told {
  readonly body: unknown;
  readonly language: string;
}

export interface NeighbourAnswer {
  readonly status: number;
  readonly body: string;
}

/** A question under way: until when, and with what care. */
interface Care {
  readonly signal: AbortSignal;
  readonly longest: number;
  readonly near: boolean;
}

const careOf = ({ patience, longest, near = false }: Question): Care => ({ signal: AbortSignal.timeout(patience), longest, near });

interface Endpoint {
  /** What is connected to. */
  readonly host: string;
  readonly port: number;
  /** What its certificate and the Host header name. */
  readonly name: string;
  /** Without TLS: this machine itself, and nothing else. */
  readonly isPlain?: boolean;
}

/** Whether an address belongs to the public internet. */
export function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/** A server name in its parts (appendices, "Server name"); null when it is none. */
export function partsOf(name: string): { host: string; port: number | null } | null {
  const [, six, plain, port] = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9.-]{1,230}))(?::(\d{1,5}))?$/iu.exec(name) ?? [];
  const host = six ?? plain;
  if (host === undefined || Number(port ?? 1) > 65535 || (six !== undefined && isIP(six) !== 6)) return null;
  return { host, port: port === undefined ? null : Number(port) };
}

/** Resolves names, but to public addresses alone. Used at the moment of connecting, so that a name cannot change its mind between. */
export const resolvePublic: LookupFunction = (host, options, done) => {
  resolve(host, { ...options, all: true }, (error, found) => {
    const sound = error === null ? found.filter(({ address }) => isPublic(address)) : [];
    const [first] = sound;
    if (first === undefined) done(error ?? new Error('It has no public address'), '', 0);
    else if (options.all === true) done(null, sound);
    else done(null, first.address, first.family);
  });
};

async function get({ host, port, name, isPlain = false }: Endpoint, path: string, { signal, longest, near }: Care, told?: Told): Promise<NeighbourAnswer> {
  if (!near && isIP(host) !== 0 && !isPublic(host)) throw new Error('It has no public address');
  const certified = partsOf(name)?.host ?? host;
  const agent = new Agent({ connect: { timeout: 5000, ...(near ? {} : { lookup: resolvePublic }), ...(isIP(certified) === 0 ? { servername: certified } : {}) }, maxResponseSize: longest, maxHeaderSize: longest });
  try {
    const address = isIP(host) === 6 ? `[${host}]` : host;
    const url = `${isPlain ? 'http' : 'https'}://${address}:${port}${path}`;
    const headers = { host: name, accept: 'application/json', ...(told === undefined ? {} : { 'content-type': 'application/json', 'accept-language': told.language }) };
    const { statusCode, body } = await request(url, { dispatcher: agent, signal, headers, ...(told === undefined ? {} : { method: 'POST', body: JSON.stringify(told.body) }) });
    return { status: statusCode, body: await body.text() };
  } finally {
    await agent.destroy();
  }
}

/** What a question asks for that cannot be broken off itself. @throws the reason of the signal when the question's time is over */
async function withinCare<T>(work: Promise<T>, { signal }: Care): Promise<T> {
  signal.throwIfAborted();
  const over = Promise.withResolvers<never>();
  const end = (): void => over.reject(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

const resolver = new Resolver({ timeout: 2000, tries: 1 });

const Delegation = z.object({ 'm.server': z.string().max(300) });

/** The server name that another delegates to by its `.well-known`; null when it does not. */
async function delegated(host: string, care: Care): Promise<string | null> {
  try {
    const { status, body } = await get({ host, port: 443, name: host }, '/.well-known/matrix/server', care);
    return status === 200 ? (Delegation.safeParse(JSON.parse(body)).data?.['m.server'] ?? null) : null;
  } catch {
    return null;
  }
}

/**
 * Where a server is.
 * @throws Error when the name is none
 */
async function endpointOf(name: string, care: Care, isDelegated = false): Promise<Endpoint> {
  const parts = partsOf(name);
  if (parts === null) throw new Error('It is no server name');
  const { host, port } = parts;
  if (port !== null) return { host, port, name };
  if (isIP(host) !== 0) return { host, port: 8448, name };
  const other = isDelegated ? null : await delegated(host, care);
  if (other !== null) return endpointOf(other, care, true);
  for (const service of ['_matrix-fed', '_matrix']) {
    const [record] = await withinCare(resolver.resolveSrv(`${service}._tcp.${host}`).catch(() => []), care);
    if (record !== undefined) return { host: record.name, port: record.port, name };
  }
  return { host, port: 8448, name };
}

/**
 * Asks another server.
 * @param path with its query
 * @throws Error when it cannot be found, does not answer in time, says too much, or is not public
 */
export async function askServer(name: string, path: string, question: Question): Promise<NeighbourAnswer> {
  const care = careOf(question);
  return get(await endpointOf(name, care), path, care);
}

/** Asks other servers, of which those named may be at addresses inside the network. */
export function asking(near: readonly string[]): typeof askServer {
  return (name, path, question) => askServer(name, path, { ...question, near: near.includes(name) });
}

/**
 * Asks at an address of the web, with the same care.
 * @param address of https, or of http on this machine
 * @param told what is posted there; it is only read where nothing is
 * @throws Error as `askServer` does
 */
export async function askAt(address: URL, question: Question, told?: Told): Promise<NeighbourAnswer> {
  const host = address.hostname.replace(/^\[|\]$/gu, '');
  const isPlain = address.protocol === 'http:';
  if (isPlain && !(question.near === true && isLoopback(address.hostname))) throw new Error('It is not asked without TLS');
  return get({ host, port: Number(address.port === '' ? (isPlain ? 80 : 443) : address.port), name: address.host, isPlain }, `${address.pathname}${address.search}`, careOf(question), told);
}

/** Whether a reception at an address that the configuration names may be inside a network: this machine itself is where it is named, others by their hosts. */
export function mayBeNear({ hostname, host }: URL, near: readonly string[]): boolean {
  return isLoopback(hostname) || near.includes(host);
}
