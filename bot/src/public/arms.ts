/** The comune's coat of arms, as the configuration in force names it. */
import type { Arms } from '@portineria/config/arms';
import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { fresh } from './fresh.ts';
import { HttpRefusal } from './problem.ts';

/** Where it is: with what tells it from another one, so that whoever has it need not ask again, and a changed one is another address. */
export const armsPath = ({ print }: Arms): string => `/arms?v=${print}`;

/** An SVG is a document that could run what stands in it, to whoever opens it by its address: here nothing runs, is loaded or leads anywhere. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

const ArmsQuery = z.object({ v: z.string().max(100).optional().catch(undefined) }).catch({});

/** Puts it on the app. */
export function serveArms(app: FastifyInstance, arms: () => Arms | null): void {
  app.get('/arms', (request, reply) => {
    const now = arms();
    if (now === null) throw new HttpRefusal('not_found');
    const etag = `"${now.print}"`;
    const isNamed = ArmsQuery.parse(request.query).v === now.print;
    reply.headers({ 'content-security-policy': POLICY, 'cache-control': isNamed ? 'public, max-age=31536000, immutable' : 'no-cache', etag });
    return fresh(request, etag) ? reply.code(304).send() : reply.type(now.type).send(Buffer.from(now.bytes));
  });
}
