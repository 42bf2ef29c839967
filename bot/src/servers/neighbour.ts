/**
 * Another Matrix server, found and asked (server-server API, "Resolving server names"). Its name came from a stranger, so it is asked
 * briefly, over TLS, without following redirects, and only at public addresses, whatever its name resolves to. Servers that the
 * administrator knows to be near may be inside the network.
 */
import ipaddr from 'ipaddr.js';
import { lookup as resolve, type LookupAddress } from 'node:dns';
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

export interface Answer {
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

export interface Endpoint {
  /** What is connected to. */
  readonly host: string;
  readonly port: number;
  /** What its certificate and the Host header name. */
  readonly name: string;
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
    const sound = error === null ? (found as LookupAddress[]).filter(({ address }) => isPublic(address)) : [];
    const [first] = sound;
    if (first === undefined) done(error ?? new Error('It has no public address'), '', 0);
    else if (options.all === true) done(null, sound);
    else done(null, first.address, first.family);
  });
};

async function get({ host, port, name }: Endpoint, path: string, { signal, longest, near }: Care): Promise<Answer> {
  if (!near && isIP(host) !== 0 && !isPublic(host)) throw new Error('It has no public address');
  const certified = partsOf(name)?.host ?? host;
  const agent = new Agent({ connect: { timeout: 5000, ...(near ? {} : { lookup: resolvePublic }), ...(isIP(certified) === 0 ? { servername: certified } : {}) }, maxResponseSize: longest, maxHeaderSize: longest });
  try {
    const address = isIP(host) === 6 ? `[${host}]` : host;
    const { statusCode, body } = await request(`https://${address}:${port}${path}`, { dispatcher: agent, signal, headers: { host: name, accept: 'application/json' } });
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
export async function askServer(name: string, path: string, question: Question): Promise<Answer> {
  const care = careOf(question);
  return get(await endpointOf(name, care), path, care);
}

/** Asks other servers, of which those named may be at addresses inside the network. */
export function asking(near: readonly string[]): typeof askServer {
  return (name, path, question) => askServer(name, path, { ...question, near: near.includes(name) });
}

/**
 * Asks at an address of the web, with the same care.
 * @param address of https
 * @throws Error as `askServer` does
 */
export async function askAt(address: URL, question: Question): Promise<Answer> {
  const host = address.hostname.replace(/^\[|\]$/gu, '');
  return get({ host, port: Number(address.port === '' ? 443 : address.port), name: address.host }, `${address.pathname}${address.search}`, careOf(question));
}
