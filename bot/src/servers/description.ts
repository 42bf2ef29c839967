/**
 * What a neighbour's reception says of itself: first what it is (`/.well-known/portineria`), then its offices (`GET /api/comune`). It is
 * asked with the care of `neighbour`: briefly, without following redirects, and no longer than its answer may be.
 */
import { Description, descriptionFault, documentFault, LONGEST_DESCRIPTION, RECEPTION_DOCUMENT, ReceptionDocument } from '@portineria/config/neighbours';
import type * as z from 'zod';
import { parsedJson } from '../ground/json.ts';
import { AnswerError, askAt, mayBeNear, type NeighbourAnswer, type Question } from './neighbour.ts';

/** How one address is asked. */
export type AskAddress = (address: URL, question: Question) => Promise<NeighbourAnswer>;

/** Milliseconds for one question. */
const DESCRIPTION_TIMEOUT_MS = 5000;
/** Bytes of the document, which is a few lines. */
const LONGEST_DOCUMENT = 16 * 1024;

export interface Asking {
  /** The reception's origin. */
  readonly url: string;
  /** The name of our own homeserver. */
  readonly own: string;
  /** The homeserver that the configuration names for it, if it does. */
  readonly server: string | null;
  /** Hosts that may be at addresses inside the network; this machine itself is where the configuration names it. */
  readonly near: readonly string[];
  /** Replaced in tests. */
  readonly ask?: AskAddress;
}

async function read<T extends z.ZodType>(what: string, path: string, schema: T, longest: number, { url, near, ask = askAt }: Asking): Promise<z.output<T>> {
  const address = new URL(path, url);
  let answer: NeighbourAnswer;
  try {
    answer = await ask(address, { patience: DESCRIPTION_TIMEOUT_MS, longest, near: mayBeNear(address, near) });
  } catch (error) {
    throw new AnswerError(`${what} cannot be had: ${error instanceof Error ? error.message : String(error)}`, true, error);
  }
  const { status, body } = answer;
  if (status >= 300 && status < 400) throw new AnswerError(`${what} is said to be somewhere else (${status}): the configuration must name where it is`, false);
  if (status !== 200) throw new AnswerError(`${what} was answered with ${status}`, status >= 500 || status === 429);
  const parsed = schema.safeParse(parsedJson(body));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AnswerError(`${what} is not as it should be, first at "${issue?.path.map(String).join('.').slice(0, 100) ?? ''}"`, false);
}

/** What a reception is. @throws AnswerError */
export async function askDocument(asking: Asking): Promise<ReceptionDocument> {
  const document = await read(`Its ${RECEPTION_DOCUMENT}`, RECEPTION_DOCUMENT, ReceptionDocument, LONGEST_DOCUMENT, asking);
  const fault = documentFault(document, asking.url, asking.own, asking.server);
  if (fault !== null) throw new AnswerError(`Its ${RECEPTION_DOCUMENT} is not believed: ${fault}`, false);
  return document;
}

/** What its offices are now. @throws AnswerError */
export async function askDescription({ api, homeserver }: ReceptionDocument, asking: Asking): Promise<Description> {
  const path = new URL('comune?neighbours=false', api.endsWith('/') ? api : `${api}/`);
  const description = await read('Its description', `${path.pathname}${path.search}`, Description, LONGEST_DESCRIPTION, asking);
  const fault = descriptionFault(description, homeserver);
  if (fault !== null) throw new AnswerError(`Its description is not believed: ${fault}`, false);
  return description;
}
