/**
 * A browser, called by its push service (RFC 8030), which can neither read what is said (RFC 8291) nor be any address that somebody
 * names: as of another server, it is asked briefly, over TLS, without following redirects, and only at public addresses.
 */
import { isIP } from 'node:net';
import { Agent, request } from 'undici';
import type { Settings } from '../ground/settings.ts';
import { isPublic, resolvePublic } from './neighbour.ts';

/** A browser's subscription (Push API, "PushSubscription"), its keys in base64url. */
interface PushSubscription {
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
}

/** Milliseconds that a push service may take. */
const SENDING_TIMEOUT_MS = 10_000;
/** Bytes of an answer: nobody reads it. */
const LONGEST_ANSWER = 16 * 1024;
/** Seconds that a service keeps what it cannot deliver yet: whoever waits longer is called for again. */
const TTL_S = 300;

/** A push service did not take a message. Said without its address, which is the browser's own. */
export class PushError extends Error {
  override readonly name = 'PushError';
}

export interface WebPush {
  /**
   * Calls a browser.
   * @param topic of several that wait at the service the last one stays (RFC 8030, 5.4); 32 characters at most, of base64url
   * @returns `gone` where there is no such browser any more, or can be none
   * @throws PushError when it is worth trying again
   */
  send(browser: PushSubscription, payload: string, topic: string): Promise<'sent' | 'gone'>;
  close(): Promise<void>;
}

/** @param publicUrl where the services' operators find us */
export function openWebPush({ public_key: publicKey, private_key: privateKey, near_services: near }: NonNullable<Settings['push']>, publicUrl: string): WebPush {
  const connect = { timeout: 5000 };
  const outside = new Agent({ connect: { ...connect, lookup: resolvePublic }, maxResponseSize: LONGEST_ANSWER, maxHeaderSize: LONGEST_ANSWER });
  const inside = new Agent({ connect, maxResponseSize: LONGEST_ANSWER, maxHeaderSize: LONGEST_ANSWER });
  const subject = publicUrl.startsWith('https:') ? publicUrl : `mailto:portineria@${new URL(publicUrl).hostname}`;

  return {
    async send({ endpoint, p256dh, auth }, payload, topic) {
      const isNear = URL.canParse(endpoint) && near.includes(new URL(endpoint).origin);
      if (!isNear && !isSound(endpoint)) return 'gone';
      // Loaded where somebody is called: the others need not hold it in memory.
      const { default: { generateRequestDetails } } = await import('web-push');
      let made: ReturnType<typeof generateRequestDetails>;
      try {
        made = generateRequestDetails({ endpoint, keys: { p256dh, auth } }, payload, { vapidDetails: { subject, publicKey, privateKey }, TTL: TTL_S, urgency: 'high', topic, contentEncoding: 'aes128gcm' });
      } catch {
        // Keys that are none.
        return 'gone';
      }
      const { method, headers, body } = made;
      let status: number;
      try {
        const answer = await request(endpoint, { dispatcher: isNear ? inside : outside, method, headers: headers as Record<string, string>, body, signal: AbortSignal.timeout(SENDING_TIMEOUT_MS) });
        await answer.body.dump();
        status = answer.statusCode;
      } catch {
        throw new PushError('The push service could not be reached, or did not answer in time');
      }
      if (status >= 200 && status < 300) return 'sent';
      if (status === 404 || status === 410) return 'gone';
      throw new PushError(`The push service answered with ${status}`);
    },
    async close() {
      await Promise.all([outside.destroy(), inside.destroy()]);
    },
  };
}

/** Whether an address may be asked at all: of https, with nothing secret in it, and no address inside a network. */
function isSound(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { protocol, hostname, username, password } = new URL(endpoint);
  const host = hostname.replace(/^\[|\]$/gu, '');
  return protocol === 'https:' && `${username}${password}` === '' && (isIP(host) === 0 || isPublic(host));
}
