/** What whoever writes a page over the bare Matrix SDK would begin with: log in, and knock. */
import { createClient } from 'matrix-js-sdk';

/** @returns once the homeserver has taken the knock */
export async function loginAndKnock(baseUrl: string, user: string, password: string, door: string): Promise<void> {
  const client = createClient({ baseUrl });
  const { access_token: accessToken, user_id: userId, device_id: deviceId } = await client.loginRequest({ type: 'm.login.password', identifier: { type: 'm.id.user', user }, password });
  await createClient({ baseUrl, accessToken, userId, deviceId }).knockRoom(door, { reason: 'Carta d’identità' });
}
