/**
 * What goes outside Matrix when nobody answers a knock: mail by SMTP, and a POST to a program's address (a webhook).
 * At least once: after a crash a message goes out again, and bears the same id, by which whoever gets it knows it again
 * (RFC 5322, 3.6.4; `Idempotency-Key`). What fails is said without any address.
 */
import type { Mail as MailServer } from '@portineria/config/comune';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { metrics } from '../ground/metrics.ts';

/** So long one sending may take, in milliseconds. */
const SENDING_TIMEOUT_MS = 10_000;
/** An answer's code, as of SMTP, HTTP or the system. What is longer or of other letters may hold more. */
const CODE = /^[A-Z0-9_]{1,40}$/u;

export type Way = 'mail' | 'webhook';

/** A mail server or a program could not be brought to take something. */
export class OutsideError extends Error {
  override readonly name = 'OutsideError';
}

export interface OutsideMail {
  /** Tells this mail from all others. */
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

export class Outside {
  /** The configuration file, which the password's path is relative to. */
  readonly #config: string;
  /** The ways by which the last sending failed. */
  readonly #failing = new Set<Way>();

  constructor(config: string) {
    this.#config = config;
  }

  /** The ways by which nothing gets out at the moment, as far as was tried. */
  get failing(): readonly Way[] {
    return [...this.#failing];
  }

  /** The configuration has changed: what failed may be mended. */
  forgetFailures(): void {
    this.#failing.clear();
  }

  /** @param signal ends it @throws OutsideError when the server does not take it */
  mail(server: MailServer | null, mail: OutsideMail, signal?: AbortSignal): Promise<void> {
    return this.#send('mail', signal, async (limit) => {
      if (server === null) throw new OutsideError('The configuration names no mail server');
      await this.#mail(server, mail, limit);
    });
  }

  /** @param signal ends it @throws OutsideError when it is not taken */
  post(url: string, id: string, body: object, signal?: AbortSignal): Promise<void> {
    return this.#send('webhook', signal, async (limit) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': `"${id}"` };
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), redirect: 'manual', signal: limit });
      await answer.body?.cancel();
      if (!answer.ok) throw new OutsideError(`The webhook answered with ${answer.status}`);
    });
  }

  async #mail({ host, port, secure, user, passwordFile, from }: MailServer, { id, to, subject, text }: OutsideMail, signal: AbortSignal): Promise<void> {
    const auth = user === null || passwordFile === null ? null : { user, pass: (await readFile(resolve(dirname(this.#config), passwordFile), 'utf8')).trim() };
    // Loaded where somebody writes mail: the others need not hold it in memory.
    const { createTransport } = await import('nodemailer');
    const waits = { dnsTimeout: SENDING_TIMEOUT_MS, connectionTimeout: SENDING_TIMEOUT_MS, greetingTimeout: SENDING_TIMEOUT_MS, socketTimeout: SENDING_TIMEOUT_MS };
    const transport = createTransport({ host, port, secure, requireTLS: auth !== null, disableFileAccess: true, disableUrlAccess: true, ...waits, ...(auth === null ? {} : { auth }) });
    const messageId = `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`;
    // RFC 3834: no answering machine answers it.
    await transport.sendMail({ from, to: [...to], subject, text, messageId, headers: { 'Auto-Submitted': 'auto-generated' }, signal });
  }

  async #send(way: Way, signal: AbortSignal | undefined, send: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const limit = AbortSignal.timeout(SENDING_TIMEOUT_MS);
    try {
      await send(signal === undefined ? limit : AbortSignal.any([limit, signal]));
    } catch (error) {
      // Nobody wants it any more: nothing has failed.
      if (signal?.aborted === true) throw error;
      this.#failing.add(way);
      metrics.escalations_total.inc({ way, outcome: 'failed' });
      throw error instanceof OutsideError ? error : new OutsideError(limit.aborted ? `${NAMES[way]} did not answer in time` : `${NAMES[way]} could not be reached, or refused${codesOf(error)}`);
    }
    this.#failing.delete(way);
    metrics.escalations_total.inc({ way, outcome: 'done' });
  }
}

const NAMES = { mail: 'The mail server', webhook: 'The webhook' } as const;

/** What kind of failure it was, in codes alone: an error's words may hold addresses. */
function codesOf(error: unknown): string {
  const codes = [error, error instanceof Error ? error.cause : undefined].flatMap((one) => {
    if (typeof one !== 'object' || one === null) return [];
    return [Reflect.get(one, 'code'), Reflect.get(one, 'responseCode')].flatMap((code: unknown) => ((typeof code === 'string' || typeof code === 'number') && CODE.test(String(code)) ? [String(code)] : []));
  });
  return codes.length === 0 ? '' : ` (${codes.join(', ')})`;
}
