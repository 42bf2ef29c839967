/** Other receptions, asked with the care of `neighbour` at the addresses that the configuration names: briefly, without following redirects, and for a short answer. */
import { Problem } from '@portineria/config/api';
import { plainText } from '@portineria/config/harmless';
import { parsedJson } from '../ground/json.ts';
import type * as z from 'zod/mini';
import { askAt, mayBeNear, type NeighbourAnswer, type Told } from './neighbour.ts';

/** Milliseconds that an answer may take. */
const ANSWER_TIMEOUT_MS = 8_000;
/** Bytes of an answer. */
const LONGEST = 64 * 1024;
/** Characters of a sentence that is passed on to a visitor. */
const SENTENCE = 500;

/** A reception did not do as it was asked. */
export class ReceptionError extends Error {
  override readonly name = 'ReceptionError';
  /** What it says of it, for a visitor to read; null where it did not answer, or said nothing of the kind. */
  readonly problem: Problem | null;

  constructor(said: string, problem: Problem | null, cause?: unknown) {
    super(said, { cause });
    this.problem = problem;
  }
}

/** Asks one reception; see `askReception`. */
export type AskReception = <T>(origin: string, path: string, body: unknown, schema: z.ZodMiniType<T>, language: string) => Promise<T>;

/** Asks other receptions, of which those at the hosts named may be inside the network, as this machine itself may where it is named. */
export function askingReceptions(near: readonly string[]): AskReception {
  return (origin, path, body, schema, language) => askReception(origin, path, { body, language }, schema, near);
}

/**
 * Asks a reception.
 * @param origin its own, of the configuration
 * @param told what is asked, and the language in which it says to the visitor what is not well
 * @param schema of what it answers where all is well
 * @throws ReceptionError
 */
async function askReception<T>(origin: string, path: string, told: Told, schema: z.ZodMiniType<T>, near: readonly string[]): Promise<T> {
  const { status, body } = await posted(new URL(path, origin), told, near);
  const said = parsedJson(body);
  const answer = schema.safeParse(said);
  if (status >= 200 && status < 300 && answer.success) return answer.data;
  const { data: problem } = Problem.safeParse(said);
  throw new ReceptionError(`${origin}${path} answers ${status}${problem === undefined ? '' : ` ${problem.code}`}`, problem === undefined ? null : harmless(problem));
}

async function posted(address: URL, told: Told, near: readonly string[]): Promise<NeighbourAnswer> {
  try {
    return await askAt(address, { patience: ANSWER_TIMEOUT_MS, longest: LONGEST, near: mayBeNear(address, near) }, told);
  } catch (error) {
    throw new ReceptionError(`${address.origin} cannot be asked: ${error instanceof Error ? error.message : String(error)}`, null, error);
  }
}

/** Its sentence is a stranger's words. */
function harmless({ detail, ...problem }: Problem): Problem {
  return detail === undefined ? problem : { ...problem, detail: plainText(detail, SENTENCE) };
}
