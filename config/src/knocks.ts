/**
 * What receptions ask of each other about a visitor who has an account at the one and knocks at the other. It is always asked in the
 * visitor's own name: an OpenID token shows whose words they are, and the visitor's own server answers for it.
 */
import * as z from 'zod/mini';
import { VisitorBody, VisitorRequest } from './api.ts';
import { UserId } from './ids.ts';

/** An OpenID token (client-server API, "OpenID"), as far as it is passed on. */
const VisitorToken = z.strictObject({
  access_token: z.string().check(z.minLength(1), z.maxLength(1000)),
  matrix_server_name: z.string().check(z.minLength(1), z.maxLength(255)),
});

/** `POST /api/knocks`: who is about to knock, and what for. What is told here never stands in a room of another server. */
export const KnockRequest = z.strictObject({
  ...z.omit(VisitorRequest, { neighbour: true }).shape,
  openid: VisitorToken,
  /** The origin of the reception that tells it: there it is nudged when the visitor is to knock at another office. */
  home: z.optional(z.string().check(z.maxLength(300))),
});
export type KnockRequest = z.infer<typeof KnockRequest>;

/** `201` of `POST /api/knocks`: what to knock with, and whose word counts from then on. */
export const KnockBody = z.object({ porter: UserId, knock: VisitorBody.shape.knock });
export type KnockBody = z.infer<typeof KnockBody>;

/** `POST /api/knocks/signs`: that the visitor's page is still there, or that the visitor takes the knock back or leaves the visit. */
export const SignRequest = z.strictObject({ openid: VisitorToken, leaving: z.boolean() });
export type SignRequest = z.infer<typeof SignRequest>;

/** `200` of `POST /api/knocks/signs`: whether the visitor is still known here. Once not, all is over, and the account has served. */
export const SignBody = z.object({
  known: z.boolean(),
  /** The visitor was passed on: where their reception is to knock for them, until that is heard there. */
  knock: z.optional(VisitorBody.shape.knock),
});
export type SignBody = z.infer<typeof SignBody>;

/** `POST /api/visitors/nudges`: there is something to ask about this visitor at the office where they are. Whoever says so, no more is done than asking. */
export const NudgeRequest = z.strictObject({ user_id: UserId });
export type NudgeRequest = z.infer<typeof NudgeRequest>;
