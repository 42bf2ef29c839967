/** An account's later device is signed as its first one was: clients that shun unsigned devices would neither read it nor write to it. */

const UPLOAD = '/keys/device_signing/upload';

/**
 * `fetch` for the client of a temporary account. New signing keys in place of those that another device took along go by way of the porter
 * (`POST /api/visitors/me/signing`): the homeserver asks for a password then, which such an account does not have.
 */
export const fetchForVisitor: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const url = input instanceof Request ? input.url : String(input);
  if (response.status !== 401 || !url.endsWith(UPLOAD) || typeof init?.body !== 'string') return response;
  const { auth: _none, ...keys } = JSON.parse(init.body) as Record<string, unknown>;
  const handed = await fetch('/api/visitors/me/signing', { ...init, body: JSON.stringify(keys) });
  return handed.ok ? Response.json({}) : response;
};
