/** What readiness says. */
import * as z from 'zod';
import type { Reception } from './reception.ts';

const Unready = z.object({ parts: z.array(z.object({ part: z.string(), sentence: z.string() })) });

/** What ails a reception, as operators read it; nothing when it is ready. */
export async function ailing({ url }: Pick<Reception, 'url'>): Promise<string[]> {
  const response = await fetch(`${url}/health/ready`);
  return response.status === 200 ? [] : Unready.parse(await response.json()).parts.map(({ part, sentence }) => `${part}: ${sentence}`);
}
